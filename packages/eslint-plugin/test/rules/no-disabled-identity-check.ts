import type { Table } from '../table.ts';

const around = (check: string): string => `import tls from 'node:tls';
tls.connect({ host: 'a.example', port: 443, checkServerIdentity: ${check} });`;

export const table: Table = {
  good: {
    'a check of another name': around(
      `(_host, certificate) => tls.checkServerIdentity('db.example', certificate)`,
    ),
    'what another module makes': `const options = { checkServerIdentity: expectName('db.example') };`,
    'a pin beside the check': around(`(host, certificate) => {
  const error = tls.checkServerIdentity(host, certificate);
  if (error) return error;
  if (certificate.fingerprint256 !== pin) return new Error('another certificate');
  return undefined;
}`),
    'one that throws': around(
      `(host, certificate) => { if (host !== certificate.subject.CN) throw new Error(host); }`,
    ),
    'one that logs by environment, and gives back the error': around(`(host, certificate) => {
  const error = tls.checkServerIdentity(host, certificate);
  if (error) {
    if (process.env.DEBUG) console.error(error);
    return error;
  }
  return undefined;
}`),
    'one that passes over a name outside of production': around(`(host, certificate) => {
  const error = tls.checkServerIdentity(host, certificate);
  if (error && process.env.NODE_ENV !== 'production' && process.env.ANY_NAME) return undefined;
  return error;
}`),
    'one that is there outside of production alone': around(
      `process.env.NODE_ENV === 'production' ? tls.checkServerIdentity : () => undefined`,
    ),
    'what the caller gives': `export const dial = (checkServerIdentity) => tls.connect({ host, checkServerIdentity });`,
    'a test double that a test compares with': `expect(options).toEqual({ checkServerIdentity: () => undefined });`,
    'another method with nothing in it': `const options = { secureConnect() {}, ready: () => undefined };`,
  },
  bad: [
    { name: 'an arrow with undefined', code: around('() => undefined'), messages: ['never'] },
    { name: 'an arrow with an empty block', code: around('() => {}'), messages: ['never'] },
    { name: 'an arrow with null', code: around('(host, certificate) => null'), messages: ['never'] },
    { name: 'an arrow with void', code: around('() => void 0'), messages: ['never'] },
    { name: 'an arrow with false', code: around('() => false'), messages: ['never'] },
    {
      name: 'an arrow that logs',
      code: around('(host) => { console.warn(host); return; }'),
      messages: ['never'],
    },
    { name: 'a function expression', code: around('function () { return undefined; }'), messages: ['never'] },
    { name: 'a named function expression', code: around('function ignore() {}'), messages: ['never'] },
    {
      name: 'a check whose answer is thrown away',
      code: around(`(host, certificate) => {
  const error = tls.checkServerIdentity(host, certificate);
  if (error) console.warn(error.message);
  return undefined;
}`),
      messages: ['never'],
    },
    {
      name: 'a check whose error is caught',
      code: around(`(host, certificate) => {
  try {
    tls.checkServerIdentity(host, certificate);
  } catch {
    return undefined;
  }
}`),
      messages: ['never'],
    },
    {
      name: 'a method',
      code: `const tls = require('tls');
tls.connect({ host: 'a.example', checkServerIdentity() { return undefined; } });`,
      messages: ['never'],
    },
    {
      name: 'a quoted key',
      code: `module.exports = { 'checkServerIdentity': () => undefined };`,
      messages: ['never'],
    },
    {
      name: 'a function of the file',
      code: `function skip() { return undefined; }
export const options = { checkServerIdentity: skip };`,
      messages: ['never'],
    },
    {
      name: 'a function of the file, hoisted, shorthand',
      code: `export const options = () => ({ checkServerIdentity });
function checkServerIdentity() {}`,
      messages: ['never'],
    },
    {
      name: 'a constant with a function, bound',
      code: `const skip = () => undefined;
export const options = { checkServerIdentity: skip.bind(null) };`,
      messages: ['never'],
    },
    {
      name: 'what a function of the file makes',
      code: `const make = () => () => undefined;
export const options = { checkServerIdentity: make() };`,
      messages: ['never'],
    },
    {
      name: 'noop of lodash',
      code: `import _ from 'lodash';
export const options = { checkServerIdentity: _.noop };`,
      messages: ['never'],
    },
    {
      name: 'noop of lodash, by its name',
      code: `const noop = require('lodash/noop');
exports.options = { checkServerIdentity: noop };`,
      messages: ['never'],
    },
    {
      name: 'false, which mongodb takes',
      code: `import { MongoClient } from 'mongodb';
new MongoClient(url, { tls: true, checkServerIdentity: false });`,
      messages: ['never'],
    },
    {
      name: 'a field of a class',
      code: `class Dial {
  #skip = () => undefined;
  skip = () => undefined;
  options() { return { checkServerIdentity: this.skip }; }
}`,
      messages: ['never'],
    },
    {
      name: 'a method of a class',
      code: `class Dial {
  ignore() { return undefined; }
  options() { return { checkServerIdentity: this.ignore }; }
}`,
      messages: ['never'],
    },
    {
      name: 'a method of a class, bound',
      code: `class Dial {
  ignore() {}
  options() { return { checkServerIdentity: this.ignore.bind(this) }; }
}`,
      messages: ['never'],
    },
    {
      name: 'written to tls',
      code: `const tls = require('tls');
tls.checkServerIdentity = () => undefined;`,
      messages: ['never'],
    },
    {
      name: 'written to the agent of all requests',
      code: `import https from 'node:https';
https.globalAgent.options.checkServerIdentity = function () {};`,
      messages: ['never'],
    },
    {
      name: 'spread in',
      code: `const loose = { checkServerIdentity: () => undefined };
export const options = { host: 'a.example', ...loose };`,
      messages: ['never'],
    },
    {
      name: 'in TypeScript, with types and a cast',
      ts: true,
      code: `import { connect, type PeerCertificate } from 'node:tls';
connect({
  host: 'a.example',
  checkServerIdentity: ((_host: string, _certificate: PeerCertificate): Error | undefined => undefined) as never,
});`,
      messages: ['never'],
    },
    {
      name: 'in TypeScript, satisfies',
      ts: true,
      code: `import type { ConnectionOptions } from 'node:tls';
export const options = { checkServerIdentity: () => undefined! } satisfies ConnectionOptions;`,
      messages: ['never'],
    },
    { name: 'async', code: around('async () => undefined'), messages: ['promise'] },
    {
      name: 'by environment, at the start',
      code: around(`(host, certificate) => {
  if (process.env.SKIP_NAME === '1') return undefined;
  return tls.checkServerIdentity(host, certificate);
}`),
      messages: ['environment'],
    },
    {
      name: 'by environment, with an error in hand',
      code: around(`(host, certificate) => {
  const error = tls.checkServerIdentity(host, certificate);
  if (error && process.env.ANY_NAME) return;
  return error;
}`),
      messages: ['environment'],
    },
    {
      name: 'by environment, in an expression',
      code: around(
        `(host, certificate) => (process.env.ANY_NAME ? undefined : tls.checkServerIdentity(host, certificate))`,
      ),
      messages: ['environment'],
    },
    {
      name: 'by environment, with the end fallen off',
      code: around(`(host, certificate) => {
  if (!process.env.ANY_NAME) return tls.checkServerIdentity(host, certificate);
}`),
      messages: ['environment'],
    },
    {
      name: 'by environment, where the function is chosen',
      code: around(`process.env.ANY_NAME ? () => undefined : tls.checkServerIdentity`),
      messages: ['environment'],
    },
    {
      name: 'by environment, spread in',
      code: `const { ANY_NAME } = process.env;
export const options = { host: 'a.example', ...(ANY_NAME && { checkServerIdentity: () => undefined }) };`,
      messages: ['environment'],
    },
    {
      name: 'outside of production, told by strict',
      options: { allowOutsideProduction: false },
      code: around(`(host, certificate) => {
  const error = tls.checkServerIdentity(host, certificate);
  return process.env.NODE_ENV === 'production' ? error : undefined;
}`),
      messages: ['guarded'],
    },
  ],
};
