import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** EX_SOFTWARE of sysexits.h: a fault of the program itself. */
const faultExit = 70;
const usageExit = 2;

/** Tells what went wrong, and returns the exit code for it. */
export async function exitOfFault(error: unknown, terminal: Terminal): Promise<number> {
  if (error instanceof UsageError) {
    terminal.say(oneLine(error.message));
    if (error.hint !== null) process.stderr.write(`hint: ${error.hint}\n`);
    return usageExit;
  }
  if (isAltnameError(error)) {
    terminal.say(oneLine(error.message));
    return usageExit;
  }
  const { printable } = await import('@altname/core');
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.say(
    'this is a fault of altname itself, not of what you asked; please report it with these lines:',
  );
  for (const line of stack.split('\n').slice(0, 40)) process.stderr.write(`  ${printable(line, 500)}\n`);
  process.stderr.write(`  Node ${process.version}, ${process.platform} ${process.arch}\n`);
  return faultExit;
}

/** Bad input as core found it. By name: core may not be loaded, and need not be. */
function isAltnameError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'AltnameError';
}

function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
