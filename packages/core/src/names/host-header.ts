/** The host in a Host header, as Node's https takes it for the server name: without port and brackets. */
export function hostOfHeader(header: string): string {
  if (header.startsWith('[')) {
    const end = header.indexOf(']');
    return end === -1 ? header : header.slice(1, end);
  }
  return header.split(':', 1)[0] ?? '';
}
