import { closeSync, openSync, readdirSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverContext, type ServerContextOptions } from '@altname/certs';

/**
 * A program that follows a directory where that cannot be watched, or where what it costs is counted. It prints one
 * line of JSON for each thing that happens. Arguments: the directory, and what to do.
 */
const [dir = '', what = ''] = process.argv.slice(2);
const held: number[] = [];

function say(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function follow(options: Partial<ServerContextOptions> = {}): void {
  const context = serverContext({
    dir,
    pollEvery: 100,
    onProblem: ({ code, message }) => {
      say({ code, message });
      // The first look is over, and the watch is next: not one descriptor is left for it.
      if (code === 'no-key' && what === 'descriptors') holdAll();
    },
    onReload: ({ replaced }) => {
      say({ replaced: replaced.length });
      clearInterval(alive);
    },
    ...options,
  });
  const alive = setInterval(() => {}, 1000);
  say({ names: context.names() });
}

function holdAll(): void {
  try {
    for (;;) held.push(openSync('/dev/null', 'r'));
  } catch (error) {
    say({ full: (error as NodeJS.ErrnoException).code });
  }
}

if (what === 'exit') serverContext({ dir });
else if (what === 'count') {
  follow({ onReload: () => {} });
  const descriptors = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  say({ inotify: descriptors.filter((path) => path === 'anon_inode:inotify').length });
  process.exit();
} else {
  follow();
  for (const descriptor of held) closeSync(descriptor);
  const cert = join(dir, 'shop.pem');
  writeFileSync(`${cert}.new`, process.env['RENEWED'] ?? '');
  renameSync(`${cert}.new`, cert);
}
