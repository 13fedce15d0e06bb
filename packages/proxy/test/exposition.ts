/** One line of the text format: a value with its labels. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Reads Prometheus's text format 0.0.4, strictly: HELP and TYPE once before the samples of each metric, no sample of
 * another, none twice, names and labels of the grammar, buckets that rise up to `+Inf`, which is the count.
 *
 * @throws {Error} naming the line
 */
export function parseExposition(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('no line end at the end');
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const seen = new Set<string>();
  let helped = '';
  let current = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      helped = name;
    } else if (kind === 'TYPE') {
      if (helped !== name || types.has(name) || !/^(?:counter|gauge|histogram|summary)$/.test(rest)) {
        throw new Error(`TYPE: ${line}`);
      }
      if (rest === 'counter' && !name.endsWith('_total'))
        throw new Error(`a counter ends in _total: ${line}`);
      types.set(name, rest);
      current = name;
    } else {
      const sample = parseSample(line);
      const base =
        types.get(current) === 'histogram' ? sample.name.replace(/_(?:bucket|sum|count)$/, '') : sample.name;
      if (base !== current) throw new Error(`a sample of ${base} below ${current}: ${line}`);
      const key = sample.name + JSON.stringify(Object.entries(sample.labels).sort());
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      samples.push(sample);
    }
  }
  for (const [name, type] of types) if (type === 'histogram') checkBuckets(name, samples);
  return samples;
}

/** The value of the one sample with this name and at least these labels. */
export function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Record<string, string> = {},
): number {
  const found = samples.filter(
    (each) =>
      each.name === name && Object.entries(labels).every(([key, value]) => each.labels[key] === value),
  );
  if (found.length !== 1) throw new Error(`${found.length} samples of ${name} ${JSON.stringify(labels)}`);
  return found[0]?.value ?? Number.NaN;
}

function parseSample(line: string): Sample {
  const [, name, inner, digits] =
    /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined || digits === undefined || inner?.endsWith(',') === true)
    throw new Error(`sample: ${line}`);
  const labels: Record<string, string> = {};
  for (const [, label = '', value = ''] of (inner ?? '').matchAll(
    /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"/g,
  )) {
    if (label in labels) throw new Error(`a label twice: ${line}`);
    labels[label] = value.replace(/\\([\\"n])/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
  }
  const value = digits === '+Inf' ? Infinity : Number(digits);
  if (Number.isNaN(value) && digits !== 'NaN' && digits !== 'Nan') throw new Error(`value: ${line}`);
  return { name, labels, value };
}

function checkBuckets(name: string, samples: readonly Sample[]): void {
  const series = new Map<string, { le: number; count: number }[]>();
  const keyOf = (labels: Readonly<Record<string, string>>): string =>
    JSON.stringify(Object.entries({ ...labels, le: '' }).sort());
  for (const each of samples) {
    if (each.name !== `${name}_bucket`) continue;
    const le = each.labels['le'] === '+Inf' ? Infinity : Number(each.labels['le']);
    const key = keyOf(each.labels);
    const before = series.get(key) ?? [];
    const last = before.at(-1);
    if (Number.isNaN(le) || (last !== undefined && (le <= last.le || each.value < last.count))) {
      throw new Error(`buckets of ${name}: ${JSON.stringify(each)}`);
    }
    series.set(key, [...before, { le, count: each.value }]);
  }
  for (const [key, buckets] of series) {
    const count = samples.find((each) => each.name === `${name}_count` && keyOf(each.labels) === key);
    const last = buckets.at(-1);
    if (last?.le !== Infinity || last.count !== count?.value) throw new Error(`+Inf of ${name} ${key}`);
  }
}
