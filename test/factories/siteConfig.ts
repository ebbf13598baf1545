import { parseSiteConfig, type SiteConfig } from '#domain/siteConfig.ts';

/** A small starter with one of each kind of content: pages, resources with files, course metadata in JSON and a menu in YAML. */
export const siteConfigText = `root-url-path: courses
site-url-format: '[sitemetadata:primary_course_number]-[sitemetadata:course_title]-[sitemetadata:term]'
collections:
- name: page
  label: Pages
  category: Content
  folder: content/pages
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: body, label: Body, widget: markdown}
- name: resource
  label: Resources
  category: Content
  folder: content/resources
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: file, label: File, widget: file}
- name: external-resource
  label: External resources
  category: Content
  folder: content/external-resources
  fields:
  - {name: title, label: Title, widget: string, required: true}
- name: metadata
  label: Metadata
  category: Settings
  files:
  - name: sitemetadata
    label: Course
    file: data/course.json
    fields:
    - {name: course_title, label: Title, widget: string}
- name: menus
  label: Menus
  category: Settings
  files:
  - name: navmenu
    label: Menu
    file: config/_default/menus.yaml
    fields:
    - {name: leftnav, label: Left, widget: menu}
`;

/** That starter, read; `change` edits its text first. */
export function makeSiteConfig(change: (text: string) => string = (text) => text): SiteConfig {
  return parseSiteConfig(change(siteConfigText));
}
