import { check } from '@altname/core';
import type { Order } from './examine.ts';

// A process of its own: one order as its argument, one diagnosis as JSON on standard output.
const { target, options } = JSON.parse(process.argv[2] ?? '') as Order;
process.stdout.write(JSON.stringify(await check(target, options)));
