import type { Table } from '../table.ts';
import { shell } from './shell.ts';

export const tables: Readonly<Record<string, Table>> = { shell };
