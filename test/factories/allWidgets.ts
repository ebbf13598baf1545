import { type ConfigItem, configItem, parseSiteConfig, type SiteConfig } from '#domain/siteConfig.ts';

/** A starter with every widget and option, small enough to be read. */
export const allWidgetsText = `root-url-path: courses
collections:
- name: page
  label: Pages
  category: Content
  folder: content/pages
  fields:
  - {name: draft, label: Draft, widget: boolean, required: true}
  - {name: title, label: Title, widget: string, required: true}
  - {name: body, label: Body, widget: markdown}
  - {name: summary, label: Summary, widget: text, required: true}
- name: untitled
  label: Untitled
  category: Content
  folder: content/untitled
  slug: text_id
  fields:
  - {name: first_name, label: First name, widget: string}
- name: resource
  label: Resources
  label_singular: Resource
  category: Content
  folder: content/resources
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: body, label: Description, widget: markdown}
  - {name: resourcetype, label: Type, widget: select, required: true, options: [Image, Video, Other], default: Image}
  - {name: file, label: File, widget: file, required: true}
  - {name: file_size, label: Size, widget: hidden, default: {bytes: 0}}
  - {name: level, label: Level, widget: select, multiple: true, min: 1, max: 2, options: [Undergraduate, Graduate, {label: Not for credit, value: none}]}
  - name: image_metadata
    label: Image
    widget: object
    condition: {field: resourcetype, equals: Image}
    fields:
    - {name: alt, label: Alternative text, widget: string, required: true}
    - {name: caption, label: Caption, widget: markdown}
    - {name: is_wide, label: Wide, widget: boolean, default: true}
  - name: video_files
    label: Video
    widget: object
    condition: {field: resourcetype, equals: Video}
    fields:
    - {name: captions, label: Captions, widget: relation, collection: resource, display_field: title, multiple: true}
- name: lists
  label: Lists
  category: Content
  folder: content/lists
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: cover, label: Cover, widget: relation, collection: resource, display_field: title, required: true, min: 1, max: 1}
  - {name: entries, label: Entries, widget: relation, collection: resource, display_field: title, sortable: true, max: 3}
  - {name: shared, label: Shared, widget: relation, collection: resource, display_field: title, cross_site: true, sortable: true}
  - {name: people, label: People, widget: relation, collection: instructor, display_field: title, multiple: true, website: ocw-www}
  - {name: courses, label: Courses, widget: website-collection}
  - name: topics
    label: Topics
    widget: hierarchical-select
    levels: [{name: topic, label: Topic}, {name: subtopic, label: Subtopic}, {name: speciality, label: Speciality}]
    min: 1
    max: 2
    options_map: {Engineering: {Computing: [Theory, Graphics], Oceans: []}, Mathematics: {Calculus: []}}
- name: settings
  label: Settings
  category: Settings
  files:
  - name: navmenu
    label: Menu
    file: config/_default/menus.yaml
    fields:
    - {name: leftnav, label: Left, widget: menu}
    - {name: mainmenu, label: Main, widget: menu, required: true}
  - name: sitemetadata
    label: Course
    file: data/course.json
    fields:
    - {name: course_title, label: Course title, widget: string, required: true}
`;

export function makeAllWidgets(): SiteConfig {
  return parseSiteConfig(allWidgetsText);
}

/** One kind of that starter. @throws {Error} when it has no such kind. */
export function kindOf(name: string, config: SiteConfig = makeAllWidgets()): ConfigItem {
  const kind = configItem(config, name);
  if (kind === undefined) throw new Error(`There is no kind ‘${name}’`);
  return kind;
}
