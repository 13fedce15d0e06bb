import type { ServerGroup } from '../server.ts';
import { healthy } from './healthy.ts';
import { names } from './names.ts';
import { runtime } from './runtime.ts';
import { serverName } from './server-name.ts';
import { transport } from './transport.ts';
import { trust } from './trust.ts';

/** Every server of the estate, by the groups of the catalogue. */
export const serverGroups: readonly ServerGroup[] = [names, serverName, trust, transport, runtime, healthy];
