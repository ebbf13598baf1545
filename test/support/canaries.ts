/** What somebody is called, where they get mail, what lets them in, and what they wrote: none of it may leave by telemetry. */
export const canaries = {
  name: 'Grace Canary-Okonkwo',
  email: 'grace.canary@example.edu',
  token: 'ocw_5f3c9a7e1b2d4c6f8a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d',
  markdown: '## Canary of a lecture\n\nNobody but its [readers](https://example.edu/?q=canary-query) may see it.',
  address: '203.0.113.77',
} as const;

/** A message that holds all of them, on several lines, one of which looks like a frame of a stack. */
export const leakyMessage = `insert into "users" ("name", "email") values ('${canaries.name}', '${canaries.email}') - ${canaries.token} from ${canaries.address}\n    at ${canaries.name} (${canaries.email}:1:2)\n${canaries.markdown}`;

/** Those of them that a text holds, whole or in telling parts. */
export function canariesIn(text: string): string[] {
  return ['Canary', 'canary', 'Okonkwo', 'example.edu', '5f3c9a7e1b2d', 'Nobody but its', canaries.address].filter((part) => text.includes(part));
}
