import { Mime } from 'mime';
import otherTypes from 'mime/types/other.js';
import standardTypes from 'mime/types/standard.js';

/** What courses hand out and the registry of types does not know, or knows by names no browser shows as a text. */
const OWN_TYPES = { 'text/plain': ['py', 'jl', 'r', 'tex'], 'application/json': ['ipynb', 'map'], 'application/x-subrip': ['srt'] };

const types = new Mime(standardTypes, otherTypes).define(OWN_TYPES, true);
const TEXTUAL = /^(text\/|application\/(json|xml|javascript|manifest\+json|rss\+xml|atom\+xml|ld\+json|x-subrip)|image\/svg\+xml)/;

/** Content type of a published file by its extension, with the charset where one belongs; unknown ones are binary. */
export function contentTypeOf(path: string): string {
  const type = types.getType(path) ?? 'application/octet-stream';
  return TEXTUAL.test(type) ? `${type}; charset=utf-8` : type;
}
