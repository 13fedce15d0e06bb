import { parseIdentifier } from '@altname/core';
import { knownText } from '../source/known.ts';
import { unwrapped, type Node } from '../source/node.ts';
import type { SourceFile } from '../source/source-file.ts';
import { sourcesOf } from '../source/sources.ts';

/** What is wrong with a text as a server name (RFC 6066 §3: a DNS name in ASCII, without a trailing dot). */
export type NameFault =
  'empty' | 'scheme' | 'brackets' | 'port' | 'dot' | 'wildcard' | 'notAscii' | 'characters';

/** The address that a text is, brackets or not. */
export function addressIn(text: string): string | undefined {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const found = identifier(bare);
  return found?.kind === 'ip' ? found.value : undefined;
}

export function faultOf(text: string): NameFault | undefined {
  if (text === '') return 'empty';
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return 'scheme';
  if (text.startsWith('[')) return 'brackets';
  if (addressIn(text) !== undefined) return undefined;
  if (/:(?:\d+|\0.*)$/.test(text) || text.endsWith(':')) return 'port';
  if (text.endsWith('.')) return 'dot';
  if (text.includes('*')) return 'wildcard';
  if (/[^\0-\x7F]/.test(text)) return 'notAscii';
  return /[\s/\\@:?#]/.test(text) ? 'characters' : undefined;
}

/** The name that a text with a fault is of, if that is plain. */
export function nameIn(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^[a-z][a-z\d+.-]*:\/\//i, '')
    .replace(/[/?#].*$/, '')
    .replace(/:\d*$/, '')
    .replace(/\.$/, '');
  const found = identifier(bare);
  return found?.kind === 'dns' ? found.value : undefined;
}

/** A text that is made of parts: each that the file does not tell stands as NUL. Nothing where there is but one part. */
export function patternOf(file: SourceFile, given: Node): string | undefined {
  const [source, ...others] = sourcesOf(file, given);
  if (source === undefined || others.length > 0) return undefined;
  const { node } = source;
  if (node.type !== 'TemplateLiteral' && node.type !== 'BinaryExpression') return undefined;
  return joined(file, node);
}

function joined(file: SourceFile, given: Node): string {
  const known = knownText(file, given);
  if (known !== undefined) return known;
  const node = unwrapped(given);
  if (node.type === 'TemplateLiteral') {
    return node.quasis
      .map((each, index) => {
        const part = node.expressions[index];
        return (each.value.cooked ?? '') + (part === undefined ? '' : joined(file, part));
      })
      .join('');
  }
  if (node.type === 'BinaryExpression' && node.operator === '+' && node.left.type !== 'PrivateIdentifier') {
    return joined(file, node.left) + joined(file, node.right);
  }
  return '\0';
}

function identifier(text: string): ReturnType<typeof parseIdentifier> | undefined {
  try {
    return parseIdentifier(text);
  } catch {
    return undefined;
  }
}
