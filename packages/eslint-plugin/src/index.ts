export { plugin as default, type Plugin } from './plugin.ts';
