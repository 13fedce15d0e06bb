import type { Identifier } from '@altname/core';
import type { TextFile } from '../text-file.ts';
import { mountsOf } from './compose-mounts.ts';
import {
  extraHosts,
  isOwnMachine,
  isReachedFromOutside,
  linksOf,
  reachNames,
  servicesAt,
} from './compose-names.ts';
import type { ComposeProject } from './compose-project.ts';
import { servedBy, type Served } from './compose-served.ts';
import type { ComposeService } from './compose-service.ts';
import { usesOf, type TlsUse } from './compose-uses.ts';
import { configuredName, isPresented } from './configured-name.ts';
import {
  commandFor,
  isCommonName,
  missingName,
  presentedText,
  shownName,
  type FoundIn,
} from './missing-name.ts';
import type { ReachableFiles } from './reachable-files.ts';

/** Services of a project that are looked at: of a file that was written by hand. */
const mostServices = 500;

/**
 * The certificates of a project against the names by which their services are reached.
 *
 * | the files say                                                                    | and no certificate of the service has the name |
 * |----------------------------------------------------------------------------------|------------------------------------------------|
 * | something connects over TLS by a name that leads to the service, and compares it | error, at the URL                              |
 * | the same, and the name is the common name of a certificate without others        | warning, at the URL: Node takes it, others do not |
 * | `extra_hosts` has a name for the address of the service                          | warning, at the name                           |
 * | nothing connects by a name that is compared, nobody outside of the project can reach the service, and none of its own names is on the certificate | warning, at the setting or mount of the certificate |
 * | the certificate has no names of servers, whatever the service is reached by      | the same                                       |
 * | anything else                                                                    | nothing                                        |
 */
export function checkCompose(
  project: ComposeProject,
  envFiles: ReadonlyMap<string, TextFile>,
  reachable: ReachableFiles,
): readonly FoundIn[] {
  const served = new Map<ComposeService, readonly Served[]>();
  for (const service of project.services.slice(0, mostServices)) {
    const certificates = servedBy(service, mountsOf(service, project, reachable), reachable);
    if (certificates.length > 0) served.set(service, certificates);
  }
  if (served.size === 0) return [];
  const uses = usesOf(project, envFiles).flatMap((use) =>
    targetsOf(use, project).flatMap((service) => (served.has(service) ? [{ use, service }] : [])),
  );
  return [...served].flatMap(([service, certificates]) => {
    const own = uses.filter((each) => each.service === service).map(({ use }) => use);
    const wanted = wantedNames(service, own, project);
    const found = [
      ...own.flatMap((use) => checkUse(use, service, certificates, wanted)),
      ...checkExtraHosts(service, certificates, wanted, project),
    ];
    const isUsed = own.some(({ checksName }) => checksName);
    return found.length > 0 || isUsed ? found : checkUnused(service, certificates, wanted, project);
  });
}

function targetsOf(use: TlsUse, project: ComposeProject): readonly ComposeService[] {
  if (use.isInside && use.user !== null && isOwnMachine(use.name)) return [use.user];
  return servicesAt(use.name, use.port, use.user, project);
}

function checkUse(
  { name, shown, checksName, file, start, end }: TlsUse,
  service: ComposeService,
  served: readonly Served[],
  wanted: readonly Identifier[],
): readonly FoundIn[] {
  if (!checksName) return [];
  const certificates = served.map(({ certificate }) => certificate);
  const used = `${shown} leads to the service ${service.key}`;
  const missing = missingName({ name, used, certificates, wanted });
  if (missing === null) return [];
  const isWarned = certificates.some((certificate) => isCommonName(name, certificate));
  return [{ ...missing, ...(isWarned ? { severity: 'warning' as const } : {}), file, start, end }];
}

/** A name that is given to the very address of a service is one by which it is reached. */
function checkExtraHosts(
  service: ComposeService,
  served: readonly Served[],
  wanted: readonly Identifier[],
  project: ComposeProject,
): readonly FoundIn[] {
  const addresses = new Set(
    reachNames(service).flatMap(({ name }) => (name.kind === 'ip' ? name.value : [])),
  );
  if (addresses.size === 0) return [];
  return project.services.flatMap((user) =>
    extraHosts(user).flatMap(({ name, address, value: { file, start, end } }) => {
      if (!addresses.has(configuredName(address)?.value ?? '')) return [];
      const used = `extra_hosts of ${user.key} leads ${shownName(name)} to the service ${service.key}`;
      const certificates = served.map(({ certificate }) => certificate);
      const missing = missingName({ name, used, certificates, wanted });
      return missing === null ? [] : [{ ...missing, severity: 'warning' as const, file, start, end }];
    }),
  );
}

function checkUnused(
  service: ComposeService,
  served: readonly Served[],
  wanted: readonly Identifier[],
  project: ComposeProject,
): readonly FoundIn[] {
  const [first] = served;
  if (first === undefined || !project.isWhole || !served.every(({ isSure }) => isSure)) return [];
  const hasNames = served.some(({ certificate: { names } }) => names.dns.length + names.ip.length > 0);
  if (hasNames && isReachedFromOutside(service, project)) return [];
  if (served.some(({ certificate: { names } }) => wanted.some((name) => isPresented(name, names)))) return [];
  const { certificate, value } = first;
  const others = served.length === 1 ? '' : ` and ${served.length - 1} more`;
  const names = wanted.map(shownName).slice(0, 6).join(', ');
  const message = hasNames
    ? `The service ${service.key} presents ${certificate.where}${others}, which has none of the names that it is reached by (${names}): ${presentedText(null, certificate.names)}.`
    : `The service ${service.key} presents ${certificate.where}${others}, which fits no name that it may be reached by: ${presentedText(null, certificate.names)}.`;
  return [
    {
      code: 'name-not-on-certificate',
      severity: 'warning',
      message,
      ...(wanted.length === 0 ? {} : { hint: `make one that has the names in use: ${commandFor(wanted)}` }),
      file: value.file,
      start: value.start,
      end: value.end,
    },
  ];
}

/** The names by which a service is reached, those in use first. */
function wantedNames(
  service: ComposeService,
  uses: readonly TlsUse[],
  project: ComposeProject,
): readonly Identifier[] {
  const names = [
    ...uses.map(({ name }) => name),
    ...reachNames(service).map(({ name }) => name),
    ...project.services.flatMap((other) =>
      linksOf(other).flatMap(({ key, name }) => (key === service.key ? [name] : [])),
    ),
  ];
  return [...new Map(names.map((name) => [name.value, name])).values()];
}
