/**
 * Why a browser is not started under this line of Node; false under the oldest. What it judges, octets of certificates,
 * is made alike on each line, which other tests of each line hold; a browser takes a minute.
 */
export function otherLine(): string | false {
  const isOldest = process.versions.node.startsWith('20.');
  return isOldest
    ? false
    : 'a browser judges the same octets under each line of Node: it is asked under Node 20';
}
