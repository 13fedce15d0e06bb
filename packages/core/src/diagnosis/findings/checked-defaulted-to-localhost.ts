import { printable } from '../../names/printable.ts';
import type { ClientName } from '../evidence.ts';
import { clientOf, expectName, ifItIsTheServerYouMean, issueFor } from '../remedies.ts';
import { rule, type FindingRule, type FixDraft } from '../rule.ts';
import { brings, type View } from '../view.ts';
import { namesOfTheUser, readsAsDns } from './ip-not-on-certificate.ts';

export const checkedDefaultedToLocalhost: FindingRule = rule({
  code: 'checked-defaulted-to-localhost',
  severity: 'error',
  title: 'The name checked fell back to localhost',
  find: ({ evidence, verdict }) => {
    const { checked, asked, dialled } = evidence.names;
    if (checked.from !== 'default-localhost' || asked.value === 'localhost') return null;
    return {
      asked: asked.value ?? dialled.host,
      known: asked.value !== null,
      checked: checked.value ?? 'localhost',
      accepted: verdict === 'accepted',
    };
  },
  message: ({ asked, known, checked, accepted }) =>
    `The client gave Node neither a server name nor a host for ${known ? printable(asked) : 'the other end of its tunnel'}, so Node checked ${
      // Over a socket that was connected by name, such as that of a TLS proxy, it is that name.
      checked === 'localhost' ? '“localhost”' : `${printable(checked)}, the host of the socket beneath`
    }` +
    (accepted
      ? `: any trusted certificate for ${printable(checked)} would do.`
      : ', which nobody asked for.'),
  fixes: (view, { asked, known }) => {
    const byName = known ? expectName(view, asked, 'likely') : [];
    if (byName.length > 0) return byName;
    const own = namesOfTheUser(view);
    if (own !== null) return expectName(view, own, 'certain');
    return [...presentedName(view), giveName(view, known), ...checkAddress(view, asked)];
  },
});

/** A client that is given an address, or a socket, and nothing else has no name of the user's own to check. */
function giveName(view: View, known: boolean): FixDraft {
  return {
    who: 'client',
    sure: 'needs-your-values',
    title: `give ${clientOf(view).title} the name to expect (servername); with ${known ? 'an address' : 'a socket'} alone it checks a name nobody asked for`,
  };
}

function presentedName(view: View): FixDraft[] {
  const { leaf, chainError, seenInside } = view;
  if (!seenInside || leaf === null || chainError !== null) return [];
  const name = leaf.names.dns.find((each) => readsAsDns(each) && each !== 'localhost');
  return name === undefined ? [] : expectName(view, name, 'needs-your-values', ifItIsTheServerYouMean);
}

/** Where the address itself can be checked, for a certificate that carries it or could. */
function checkAddress(view: View, asked: string): FixDraft[] {
  const { asked: address, evidence, own, seenInside } = view;
  const where = seenInside && evidence.client !== null ? hostOptions[evidence.client] : undefined;
  if (address?.kind !== 'ip' || where === undefined) return [];
  const carried = brings(view, own, address.value);
  return [
    {
      who: 'client',
      sure: carried ? 'certain' : 'likely',
      title: `have ${clientOf(view).title} check the address itself: ${where(address.value)}`,
    },
    ...(carried ? [] : [issueFor([asked], 'likely')]),
  ];
}

/** Where a client takes the host to check from, when it connects before TLS begins. */
const hostOptions: Readonly<Partial<Record<ClientName, (address: string) => string>>> = {
  postgres: (address) => `ssl: { host: '${address}' }`,
  tls: (address) => `host: '${address}' beside the socket`,
};
