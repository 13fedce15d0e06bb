import {
  isWithin,
  isFunction,
  parentOf,
  staticKey,
  unwrapped,
  usedBy,
  type FunctionNode,
  type Node,
} from '../source/node.ts';
import { pathOf } from '../source/paths.ts';
import type { SourceFile } from '../source/source-file.ts';
import { callsOf } from '../source/sources.ts';

/**
 * How sure it is that a parameter is a request that came in: `handler` by what its function is given to, by its types or by
 * the parameters beside it; `named` by its name alone.
 */
export type Certainty = 'handler' | 'named';

/** A value of a request that came in, if this is one: whoever sent the request chose it. */
export function incomingValue(file: SourceFile, node: Node): Certainty | undefined {
  const path = pathOf(file, node);
  if (path === undefined || !isChosen(path.keys)) return undefined;
  const certainty = file.noted(requestOf, path.root.identifiers[0] as Node, undefined);
  // `request.host` may as well be a request that goes out: headers of one are asked for by their names.
  return certainty === 'named' && !isHostHeader(path.keys) ? undefined : certainty;
}

/** All the headers of a request that came in, the Host among them. */
export function incomingHeaders(file: SourceFile, node: Node): boolean {
  const path = pathOf(file, node);
  if (path === undefined) return false;
  const keys = path.keys.filter((key) => !wrappers.has(key));
  const [first, ...rest] = keys;
  if (first !== 'headers' || !rest.every((key) => key.startsWith('-') && key !== '-host')) return false;
  return file.noted(requestOf, path.root.identifiers[0] as Node, undefined) === 'handler';
}

/** What stands before the request itself: `ctx.request`, `ctx.req`, `c.req.raw`. */
const wrappers: ReadonlySet<string> = new Set(['request', 'req', 'raw']);

const names: ReadonlySet<string> = new Set([
  'host',
  'hostname',
  ':authority',
  'authority',
  'subdomains',
  'servername',
]);
const holders: ReadonlySet<string> = new Set([
  ...[
    'headers',
    'header',
    'query',
    'params',
    'param',
    'body',
    'cookies',
    'queryStringParameters',
    'pathParameters',
  ],
]);

function isChosen(given: readonly string[]): boolean {
  const keys = given.filter((key) => !wrappers.has(key));
  const [first = '', second] = keys;
  if (holders.has(first)) return second !== undefined && !second.startsWith('-');
  if (/^(?:socket|connection)$/.test(first)) return second === 'servername';
  if (first === 'nextUrl') return second === 'host' || second === 'hostname';
  return names.has(first) && keys.length === 1;
}

function isHostHeader(keys: readonly string[]): boolean {
  const [first = '', second = ''] = keys.filter((key) => !wrappers.has(key));
  return (
    /^headers?$/.test(first) &&
    /^(?:host|:authority|x-forwarded-host|x-forwarded-server|x-original-host)$/i.test(second)
  );
}

/** Members of servers and of routers that take a function of requests. */
const routes =
  /^(?:get|post|put|patch|delete|del|head|options|all|any|use|route|handle|ws|createServer|createSecureServer|onRequest|preHandler|addHook|fetch)$/;
const events = /^(?:request|upgrade|connect|checkContinue|checkExpectation|proxyReq|proxyReqWs|stream)$/;
const requestNames =
  /^_?(?:(?:client|incoming|inbound|browser|original|orig|user|front|http|i)_?)?(?:req|request|ctx|context|incoming|incomingMessage)$/i;
const answerNames =
  /^_?(?:(?:client|server|http|o)_?)?(?:res|resp|response|reply|rep|socket|sock|h|next|head)$/i;
const types =
  /^(?:(?:http|https|http2|express|fastify|Koa|h3)\.)?(?:IncomingMessage|Http2ServerRequest|Request|FastifyRequest|NextApiRequest|NextRequest|ExpressRequest|Context|ParameterizedContext|HonoRequest|APIGatewayProxyEvent(?:V2)?)(?:<.*>)?$/s;

/** Whether a name, where it is declared as a parameter, is a request that came in. */
function requestOf(file: SourceFile, identifier: Node): Certainty | undefined {
  const owner = functionOf(identifier);
  if (owner === undefined) return undefined;
  const index = owner.params.findIndex((each) => isWithin(identifier, each));
  const parameter = owner.params[index];
  if (parameter === undefined) return undefined;
  const pattern = parameter.type === 'AssignmentPattern' ? parameter.left : parameter;
  const annotation = (pattern as { typeAnnotation?: { typeAnnotation: Node } }).typeAnnotation
    ?.typeAnnotation;
  if (annotation !== undefined && types.test(file.textOf(annotation))) return 'handler';
  const given = handlerIndex(owner);
  if (given !== undefined) return given.includes(index) ? 'handler' : undefined;
  const name = pattern.type === 'Identifier' ? pattern.name : '';
  if (isFromHandler(file, owner, index)) return 'handler';
  if (pattern.type === 'Identifier' && !requestNames.test(name)) return undefined;
  const next = owner.params[index + 1];
  if (next?.type === 'Identifier' && answerNames.test(next.name)) return 'handler';
  return pattern.type === 'Identifier' ? 'named' : undefined;
}

/** The places of the request among the parameters of a function that is given to a server or a router. */
function handlerIndex(owner: FunctionNode): readonly number[] | undefined {
  const { parent } = usedBy(owner);
  if (parent?.type === 'CallExpression') {
    const callee = unwrapped(parent.callee as Node);
    const key =
      callee.type === 'MemberExpression'
        ? (staticKey(callee) ?? '')
        : callee.type === 'Identifier'
          ? callee.name
          : '';
    const [first] = parent.arguments;
    if (
      /^(?:on|once|addListener)$/.test(key) &&
      first?.type === 'Literal' &&
      events.test(String(first.value))
    ) {
      // `proxyReq` of http-proxy: what goes out comes first.
      return String(first.value).startsWith('proxyReq') ? [1] : [0];
    }
    const isServer = /^create(?:Secure)?Server$/.test(key);
    const isRoute =
      callee.type === 'MemberExpression' &&
      routes.test(key) &&
      first?.type === 'Literal' &&
      /^[/*]/.test(String(first.value));
    if (isServer || isRoute) return owner.params.length === 4 ? [1] : [0];
  }
  if (parent?.type === 'Property' && parent.value === owner) {
    // Functions of http-proxy-middleware, and of a server of Bun.
    if (/^router$/.test(staticKey(parent) ?? '')) return [0];
  }
  return undefined;
}

/** A function of the file that a handler calls with its request. */
function isFromHandler(file: SourceFile, owner: FunctionNode, index: number): boolean {
  const calls = callsOf(file, owner);
  return (calls ?? []).some((call) => {
    const argument = call.arguments[index];
    if (argument === undefined || argument.type === 'SpreadElement') return false;
    const path = pathOf(file, argument);
    if (path === undefined || path.keys.some((key) => !wrappers.has(key))) return false;
    return file.noted(requestOf, path.root.identifiers[0] as Node, undefined) === 'handler';
  });
}

function functionOf(identifier: Node): FunctionNode | undefined {
  for (let at = parentOf(identifier); at !== undefined; at = parentOf(at)) {
    if (isFunction(at)) return at;
    if (at.type === 'VariableDeclarator' || at.type.endsWith('Statement')) return undefined;
  }
  return undefined;
}
