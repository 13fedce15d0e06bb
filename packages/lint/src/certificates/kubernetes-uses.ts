import type { Identifier } from '@altname/core';
import type { TextFile } from '../text-file.ts';
import { configuredName } from './configured-name.ts';
import { objectText, type KubernetesObject } from './kubernetes-object.ts';
import { containersOf, podOf } from './kubernetes-pods.ts';
import { tlsUrls } from './tls-url.ts';
import { isUncheckedCommand, switchesCheckOff } from './unchecked.ts';
import type { YamlValue } from './yaml-value.ts';

/** A name in use that leads to a Service. */
export interface ServiceUse {
  readonly name: Identifier;
  readonly used: string;
  /** The name of the Service, without its namespace. */
  readonly service: string;
  readonly namespace: string | null;
  readonly user: KubernetesObject;
  /** The webhook that it is; undefined where it is none. */
  readonly hook: YamlValue | undefined;
  readonly file: TextFile;
  readonly start: number;
  readonly end: number;
}

/** A webhook as the API server calls it: always by `NAME.NAMESPACE.svc`. */
export function hooksOf(object: KubernetesObject): readonly ServiceUse[] {
  if (!/^(?:Validating|Mutating)WebhookConfiguration$/.test(object.kind)) return [];
  return (object.value.get('webhooks')?.items ?? []).flatMap((hook) => {
    const service = hook.at('clientConfig', 'service');
    const at = service?.get('name');
    const namespace = service?.get('namespace')?.text ?? '';
    const name = configuredName(`${at?.text ?? ''}.${namespace}.svc`);
    if (at === undefined || at.text === null || name === null || namespace === '') return [];
    const used = `${objectText(object)} calls the Service ${at.text} as ${name.value}`;
    const { file, start, end } = at;
    return [{ name, used, service: at.text, namespace, user: object, hook, file, start, end }];
  });
}

/** What the Gateway API asks a Service for: the hostname of a policy, else the names that it has for that. */
export function policiesOf(object: KubernetesObject): readonly ServiceUse[] {
  const validation = object.value.at('spec', 'validation');
  const others = (validation?.get('subjectAltNames')?.items ?? []).flatMap(
    (each) => each.get('hostname') ?? [],
  );
  const value = validation?.get('hostname');
  const name = configuredName(value?.text ?? '');
  if (value === undefined || name === null || others.length > 0) return [];
  return (object.value.at('spec', 'targetRefs')?.items ?? []).flatMap((target) => {
    const service = target.get('name')?.text ?? '';
    if (target.get('kind')?.text !== 'Service') return [];
    const used = `${objectText(object)} asks the Service ${service} for ${name.value}`;
    const { namespace } = object;
    const { file, start, end } = value;
    return [{ name, used, service, namespace, user: object, hook: undefined, file, start, end }];
  });
}

/** The URLs over TLS of an object whose host may be a Service. */
export function urlsOf(object: KubernetesObject): readonly ServiceUse[] {
  const texts: YamlValue[] = [];
  if (object.kind === 'ConfigMap') {
    texts.push(...(object.value.get('data')?.entries ?? []).map(({ value }) => value));
  }
  const pod = podOf(object);
  for (const container of pod === undefined ? [] : containersOf(pod)) {
    const variables = container.get('env')?.items ?? [];
    const isOff = variables.some((each) =>
      switchesCheckOff(each.get('name')?.text ?? '', each.get('value')?.text ?? ''),
    );
    const words = ['command', 'args'].flatMap((key) => container.get(key)?.items ?? []);
    if (isOff) continue;
    texts.push(...variables.flatMap((each) => each.get('value') ?? []));
    if (!isUncheckedCommand(words.map(({ text }) => text ?? '').join(' '))) texts.push(...words);
  }
  return texts.flatMap((value) =>
    tlsUrls(value.text ?? '').flatMap(({ name, shown, checksName, start, end }) => {
      const found = checksName ? serviceOf(name, object) : null;
      if (found === null) return [];
      const part = (value.text ?? '').slice(start, end);
      const used = `${shown} leads to the Service ${found.service}`;
      return [
        { name, used, ...found, user: object, hook: undefined, file: value.file, ...value.placeOf(part) },
      ];
    }),
  );
}

/** `web`, `web.shop`, `web.shop.svc`, `web.shop.svc.cluster.local`, of which the first is of the own namespace. */
function serviceOf(
  { value }: Identifier,
  user: KubernetesObject,
): { readonly service: string; readonly namespace: string | null } | null {
  const [, service = '', namespace] =
    /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local)?)?)?$/.exec(value) ?? [];
  return service === '' ? null : { service, namespace: namespace ?? user.namespace };
}
