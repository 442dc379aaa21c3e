import { createProgram, runProgram } from './program.js';
import { installedVersion } from './installation.js';

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

void runProgram(createProgram(installedVersion()), process.argv.slice(2)).then((code) => (process.exitCode = code));
