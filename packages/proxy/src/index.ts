export { type AccessRecord } from './access-record.ts';
export { type FrontTlsOptions, type PemSource } from './config/front-tls.ts';
export { type ProxyOptions, type TimeoutOptions } from './config/proxy-config.ts';
export { type RouteOptions } from './config/routes.ts';
export { type UpstreamOptions } from './config/upstream-options.ts';
export { createProxy, type Proxy } from './proxy.ts';
export { type UpstreamFailure } from './upstream/failure.ts';
export { checkUpstreams, type UpstreamCheck } from './upstream/check-upstreams.ts';
