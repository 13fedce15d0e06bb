/** How many words from a place on are the flag; 0 for none. */
export type Flag = (words: readonly string[], at: number) => number;

/** `--insecure`, as it stands. */
export function plain(...names: readonly string[]): Flag {
  return (words, at) => (names.includes(words[at] ?? '') ? 1 : 0);
}

/** A flag of a program in Go: one dash or two, and a value of its own only behind `=`. */
export function go(name: string): Flag {
  const form = new RegExp(`^--?${name}(?:=(?:1|t|T|TRUE|true|True))?$`);
  return (words, at) => (form.test(words[at] ?? '') ? 1 : 0);
}

/** `--flag=value`, and `--flag value`. */
export function valued(name: string, value: RegExp): Flag {
  return (words, at) => {
    const word = words[at] ?? '';
    if (word === name) return value.test(words[at + 1] ?? '') ? 2 : 0;
    return word.startsWith(`${name}=`) && value.test(word.slice(name.length + 1)) ? 1 : 0;
  };
}

/** `-k`, also among others: `-sSk`. Behind a letter that takes a value, the rest of the word is that value. */
export function letter(name: string, withValue: string): Flag {
  return (words, at) => {
    const word = words[at] ?? '';
    if (!/^-[A-Za-z0-9#]+$/.test(word)) return 0;
    for (const each of word.slice(1)) {
      if (each === name) return 1;
      if (withValue.includes(each)) return 0;
    }
    return 0;
  };
}

/** A setting of a configuration that a subcommand writes: `set strict-ssl false`, `set strict-ssl=false`. */
export function written(verb: RegExp, key: RegExp, value: RegExp): Flag {
  return (words, at) => {
    const word = words[at] ?? '';
    const isBehindVerb = words.slice(0, at).some((each) => verb.test(each));
    if (!isBehindVerb) return 0;
    const [name = '', given] = word.split('=', 2);
    if (!key.test(name)) return 0;
    if (given !== undefined) return value.test(given) ? 1 : 0;
    return value.test(words[at + 1] ?? 'none') ? 2 : 0;
  };
}
