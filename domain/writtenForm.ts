/**
 * How the file an item was imported from differs from what the serializer would write of it: as little as possible,
 * field by field, so that what nobody touched is written back as it was. Plain JSON; null where nothing differs.
 */
export interface WrittenForm {
  readonly version: 1;
}
