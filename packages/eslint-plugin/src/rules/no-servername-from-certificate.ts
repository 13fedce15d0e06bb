import { secureCalls } from '../clients/secure-calls.ts';
import { givenNames } from '../names/given-names.ts';
import { presentedValue } from '../names/presented-value.ts';
import { defineRule, type DefinedRule } from '../rule.ts';
import { derivesFrom } from '../source/derived.ts';
import type { Node } from '../source/node.ts';
import { propertyOf } from '../source/objects.ts';
import { originOf } from '../source/origin.ts';

type Message = 'name' | 'check' | 'dial';

const stranger =
  'A certificate is what a stranger shows: with the name from it, every certificate is right, that of somebody in between too.';

export const noServernameFromCertificate: DefinedRule = defineRule<Message>({
  name: 'no-servername-from-certificate',
  description: 'No name is expected because the certificate of the peer, or the text of an error, has it.',
  words: ['getPeer', 'checkServerIdentity', 'servername', 'serverName', ['subject', 'https']],
  messages: {
    name: `This server name is read from what the peer presented. ${stranger} Expect a name of your own: \`servername\` from your configuration.`,
    check: `This compares the certificate with a name that is read from it. ${stranger} Compare with the name that was asked, or with one of your own.`,
    dial: `The host that is dialled here is read from what the peer presented. ${stranger} Dial a name of your own.`,
  },
  *check(file) {
    const isPresented = (node: Node): boolean =>
      derivesFrom(file, node, (each) => presentedValue(file, each));
    for (const { node, value } of givenNames(file)) if (isPresented(value)) yield { node, message: 'name' };
    for (const call of file.calls) {
      if (call.callee.type === 'Super') continue;
      const origin = originOf(file, call.callee);
      if (
        origin !== 'tls.checkServerIdentity' &&
        origin !== '@altname/core.checkServerIdentity' &&
        origin !== '@altname/client.checkServerIdentity'
      )
        continue;
      const [name] = call.arguments;
      if (name !== undefined && name.type !== 'SpreadElement' && isPresented(name))
        yield { node: name, message: 'check' };
    }
    for (const { client, options, url } of secureCalls(file)) {
      const hosts = options.flatMap((each) =>
        (client.hostKeys ?? []).flatMap((key) => propertyOf(file, each, key).found),
      );
      const dialled = [...(url === undefined ? [] : [url]), ...hosts.map(({ node }) => node)].find(
        isPresented,
      );
      if (dialled !== undefined) yield { node: dialled, message: 'dial' };
    }
  },
});
