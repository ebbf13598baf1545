import { expect, it } from 'vitest';
import { gitHubRepositoryOf } from '#domain/gitHubRepository.ts';

const PROJECTS = { owner: 'mitodl', repo: 'ocw-hugo-projects' };

it.each([
  'https://github.com/mitodl/ocw-hugo-projects.git',
  'https://github.com/mitodl/ocw-hugo-projects',
  'https://x-access-token:secret@github.mit.edu/mitodl/ocw-hugo-projects/',
  'http://127.0.0.1:8434/mitodl/ocw-hugo-projects.git',
  'git@github.com:mitodl/ocw-hugo-projects.git',
  'git@github.mit.edu:/mitodl/ocw-hugo-projects',
  'ssh://git@github.mit.edu:2222/mitodl/ocw-hugo-projects.git',
])('finds owner and repository in %s', (url) => {
  expect(gitHubRepositoryOf(url)).toEqual(PROJECTS);
});

it('leaves dots and dashes of a name as they are', () => {
  expect(gitHubRepositoryOf('git@github.com:a-b/c.d_e.git')).toEqual({ owner: 'a-b', repo: 'c.d_e' });
});

it.each(['/srv/git/mitodl/ocw-hugo-projects.git', '../ocw-hugo-projects', 'file:///srv/mitodl/ocw-hugo-projects.git', 'https://github.com/ocw-hugo-projects.git', 'https://gitlab.example.edu/group/mitodl/ocw-hugo-projects.git', 'https://github.com/a b/c', ''])('finds none in %j', (url) => {
  expect(gitHubRepositoryOf(url)).toBeNull();
});
