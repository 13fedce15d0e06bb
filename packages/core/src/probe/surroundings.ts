/** What a pure function has to be told of the process it runs in. */
export interface Surroundings {
  readonly now: Date;
  readonly cwd: string;
  readonly node: { readonly version: string; readonly openssl: string };
}

/** The clock, the working directory and the Node of this process. */
export function surroundings(): Surroundings {
  return {
    now: new Date(),
    cwd: cwd(),
    node: { version: process.version, openssl: process.versions.openssl },
  };
}

function cwd(): string {
  try {
    return process.cwd();
  } catch {
    // It was removed.
    return '/';
  }
}
