import type { AddressText } from './endpoint.ts';

/**
 * How a connection departs from the usual, as far as literal types tell: for what a client cannot do. Where they do
 * not tell, every possibility is among them, and the run decides.
 */
export interface Ways {
  /** The server name sent: the one checked, another one, none, or none because what is checked is an address. */
  readonly sent: 'name' | 'other' | 'none' | 'none-to-address';
  readonly tolerates: boolean;
}

/** The ways of a connection made with these options. */
export interface WaysOf<
  To extends string,
  Name extends string | undefined,
  Sni extends string | false | undefined,
  Tolerated,
> extends Ways {
  readonly sent: SentOf<To, CheckedOf<To, Name>, Sni>;
  readonly tolerates: [Tolerated] extends [undefined] ? false : [Tolerated] extends [object] ? true : boolean;
}

/** Nothing, or a text that no value has: what a client cannot do is then an error of the compiler, with its reason. */
export type Unless<Wrong extends boolean, Reason extends string> = Wrong extends true ? Reason : unknown;

/** Whether every possibility is a wrong one. */
export type Always<Possible, Wrong> = [Possible] extends [Wrong] ? true : false;

type CheckedOf<To extends string, Name> = [Name] extends [undefined]
  ? HostIn<To>
  : [Name] extends [string]
    ? Name
    : string;

/** The host of `host:port`; an address stays as it is. */
type HostIn<To extends string> = To extends AddressText
  ? To
  : To extends `${infer Host}:${number}`
    ? Host
    : To;

type SentOf<To extends string, Checked extends string, Sni> = [Sni] extends [undefined]
  ? Checked extends AddressText
    ? 'none-to-address'
    : If<IsKnown<Checked>, 'name'>
  : [Sni] extends [false]
    ? [To | Checked] extends [Exclude<To | Checked, AddressText>]
      ? If<IsKnown<To | Checked>, 'none', 'none' | 'none-to-address'>
      : 'none-to-address'
    : [Sni] extends [string]
      ? If<IsKnown<Sni | Checked>, Lowercase<Sni> extends Lowercase<Checked> ? 'name' : 'other'>
      : Ways['sent'];

type If<Known extends boolean, Then, Else = Ways['sent']> = Known extends true ? Then : Else;

/** Whether a type is one text, and not `string` or a pattern. */
type IsKnown<Text extends string> = Record<never, never> extends Record<Text, 1> ? false : true;
