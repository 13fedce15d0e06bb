import { createRequire } from 'node:module';
import { start } from './preload/start.ts';
import type { witness } from './preload/witness.ts';

// The preload: `node --import @altname/client/register app.js`, or `-r`. What diagnoses is loaded when it is needed.
start(() => (createRequire(import.meta.filename)('./witness.cjs') as { witness: typeof witness }).witness);
