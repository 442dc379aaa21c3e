// Adds to package-lock.json the optional packages of other platforms that npm left out, so that `npm ci` accepts it.
//
//   node scripts/complete-lockfile.mjs      after every `npm install` that changes package-lock.json
//
// A registry mirror may not carry a package's binaries for all platforms. `npm install` then leaves those out of the
// lockfile without a word, and `npm ci` refuses the lockfile because they are missing. Their version is known from the
// package that wants them, and their platform from their name; nobody installs them on another platform.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const systems = {
  win32: 'win32',
  darwin: 'darwin',
  linux: 'linux',
  android: 'android',
  freebsd: 'freebsd',
  openharmony: 'openharmony',
};
const processors = {
  armv7: 'arm',
  loong64: 'loong64',
  riscv64: 'riscv64',
  s390x: 's390x',
  ppc64: 'ppc64',
  ia32: 'ia32',
  arm64: 'arm64',
  x64: 'x64',
  arm: 'arm',
};

let added = 0;
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    if (Object.keys(lock.packages).some((known) => known === path || known.endsWith(`/${path}`))) continue;
    const parts = name.split(/[-/]/);
    const system = parts.find((part) => part in systems);
    const processor = parts.find((part) => part in processors);
    if (system === undefined || processor === undefined || !/^\d/.test(version)) {
      console.error(`${name}@${version} is missing, and is not the binary of a platform.`);
      process.exitCode = 1;
      continue;
    }
    lock.packages[path] = {
      version,
      cpu: [processors[processor]],
      ...(parent.dev ? { dev: true } : {}),
      optional: true,
      os: [systems[system]],
    };
    added++;
  }
}
const { '': root, ...rest } = lock.packages;
lock.packages = { '': root, ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))) };
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages added to package-lock.json.`);
