// Builds the assets of these themes: every file bears a hash of its content in its name, and webpack.json says which is which.
// Run at the top of a checkout; it needs Node and nothing else.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';

const assets = 'base-theme/assets';
const dist = 'base-theme/dist';
const manifest = {};

rmSync(dist, { recursive: true, force: true });
for (const folder of readdirSync(assets).sort()) {
  for (const name of readdirSync(join(assets, folder)).sort()) {
    const body = readFileSync(join(assets, folder, name));
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 8);
    const extension = extname(name);
    const path = `/static_shared/${folder}/${basename(name, extension)}.${hash}${extension}`;
    write(`${dist}${path}`, body);
    manifest[folder === 'css' ? name : `${folder}/${name}`] = path;
  }
}
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' });
write(`${dist}/static/hash.txt`, commit);
write('base-theme/data/webpack.json', `${JSON.stringify(manifest, null, 2)}\n`);
process.stdout.write(`Built ${Object.keys(manifest).length} assets of ${commit}`);

function write(path, body) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, body);
}
