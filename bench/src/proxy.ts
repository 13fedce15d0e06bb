import { parseArgs } from 'node:util';
import { http2, large, serve, small, type Settings } from './proxy/cases.ts';
import { idle } from './proxy/idle.ts';
import { passthrough } from './proxy/passthrough.ts';
import { start } from './proxy/start.ts';
import { startUpstream } from './proxy/upstream.ts';

/**
 * `altname proxy` beside nginx, HAProxy, Caddy and the proxies of npm: HTTPS in front and HTTPS behind, connections kept
 * on both sides, the upstream verified by all of them. The proxy has one processor for itself; what asks and what
 * answers share the other one. What is compared is what a request costs the processor.
 */
const cases: Readonly<Record<string, (settings: Settings) => Promise<void>>> = {
  small,
  large,
  http2,
  passthrough,
  idle,
  start,
  serve,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [] },
  },
});
const wanted = positionals.length === 0 ? Object.keys(cases).filter((name) => name !== 'serve') : positionals;
for (const name of wanted) {
  if (!Object.hasOwn(cases, name))
    throw new Error(`no case is called ${name}: ${Object.keys(cases).join(', ')}`);
}
const upstream = await startUpstream();
try {
  for (const name of wanted) {
    await cases[name]?.({
      rounds: Number(values.rounds),
      scale: Number(values.scale),
      only: values.only,
      upstream,
    });
  }
} finally {
  await upstream.stop();
}
