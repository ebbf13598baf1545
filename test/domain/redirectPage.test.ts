import { describe, expect, it } from 'vitest';
import { redirectedPath, redirectPage } from '#domain/redirectPage.ts';

describe('the page at an old address', () => {
  it('leads on at once, names the address that counts and asks not to be indexed', () => {
    expect(redirectPage({ path: '/courses/new/pages/syllabus/', baseUrl: 'https://example.edu', siteTitle: 'Bridges' })).toBe(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Moved: Bridges</title>
<link rel="canonical" href="https://example.edu/courses/new/pages/syllabus/">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="0; url=/courses/new/pages/syllabus/">
<meta name="viewport" content="width=device-width, initial-scale=1">
</head>
<body>
<p>This page of ‘Bridges’ has moved to <a href="/courses/new/pages/syllabus/">/courses/new/pages/syllabus/</a>.</p>
</body>
</html>
`);
  });

  it('takes a title as text', () => {
    const page = redirectPage({ path: '/a/', baseUrl: 'https://example.edu', siteTitle: `<script>"a" & 'b'</script>` });
    expect(page).not.toContain('<script>');
    expect(page).toContain('&#60;script&#62;&#34;a&#34; &#38; &#39;b&#39;&#60;/script&#62;');
  });
});

describe('where a page is now', () => {
  const pages = new Set(['index.html', 'pages/a/index.html', 'old.html', 'pages/ä & b/index.html', `pages/it's;x/index.html`]);
  it.each([
    ['index.html', '/courses/new/'],
    ['pages/a/index.html', '/courses/new/pages/a/'],
    ['old.html', '/courses/new/old.html'],
    ['pages/ä & b/index.html', '/courses/new/pages/%C3%A4%20%26%20b/'],
    [`pages/it's;x/index.html`, `/courses/new/pages/it's%3Bx/`],
    ['pages/gone/index.html', '/courses/new/'],
    ['gone.html', '/courses/new/'],
  ])('%s is at %s', (page, path) => {
    expect(redirectedPath('courses/new', page, (candidate) => pages.has(candidate))).toBe(path);
  });
});
