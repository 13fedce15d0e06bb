import { start } from './preload/start.ts';
import type { witness } from './preload/witness.ts';

// The preload: `node --import @altname/client/register app.js`, or `-r`. What diagnoses is loaded when it is needed.
start(() => {
  const { createRequire } = process.getBuiltinModule('node:module');
  return (createRequire(import.meta.filename)('./witness.cjs') as { witness: typeof witness }).witness;
});
