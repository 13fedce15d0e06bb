import type { Rule } from 'eslint';
import type { Node } from './source/node.ts';
import { SourceFile } from './source/source-file.ts';

/** One thing that is wrong. */
export interface Problem<Message extends string> {
  readonly node: Node;
  readonly message: Message;
  readonly data?: Readonly<Record<string, string>>;
  readonly suggest?: readonly Suggestion<Message>[];
}

export interface Suggestion<Message extends string> {
  readonly message: Message;
  readonly data?: Readonly<Record<string, string>>;
  readonly fix: (fixer: Rule.RuleFixer) => Rule.Fix | Rule.Fix[];
}

type Word = string | RegExp;
type Words = Word | readonly Word[];

/** A rule, as its file gives it. */
export interface RuleDescription<Message extends string, Options extends object> {
  readonly name: string;
  /** One sentence, for the table of rules. */
  readonly description: string;
  /** A file with none of these words in it has nothing for this rule, and is not looked at. Of a list it needs each. */
  readonly words: readonly Words[];
  /** What is wrong, what comes of it, what to do instead. The page is added to each that is no suggestion. */
  readonly messages: Readonly<Record<Message, string>>;
  /** The suggestions among the messages. */
  readonly suggestions?: readonly Message[];
  readonly schema?: Rule.RuleMetaData['schema'];
  readonly options?: Options;
  readonly check: (
    file: SourceFile,
    options: Options,
    context: Rule.RuleContext,
  ) => Iterable<Problem<Message>>;
}

/** A rule as ESLint takes it, which says of a text by itself whether there can be something for it. */
export interface DefinedRule extends Rule.RuleModule {
  readonly concerns: (text: string) => boolean;
}

export function defineRule<Message extends string, Options extends object = object>(
  rule: RuleDescription<Message, Options>,
): DefinedRule {
  const suggestions: ReadonlySet<string> = new Set(rule.suggestions);
  const messages = Object.fromEntries(
    Object.entries<string>(rule.messages).map(([id, text]) => [
      id,
      suggestions.has(id) ? text : `${text} (docs/rules/${rule.name}.md)`,
    ]),
  );
  const concerns = (text: string): boolean => rule.words.some((each) => has(text, each));
  return {
    concerns,
    meta: {
      type: 'problem',
      docs: { description: rule.description },
      messages,
      schema: rule.schema ?? [],
      ...(rule.options === undefined ? {} : { defaultOptions: [rule.options] }),
      hasSuggestions: suggestions.size > 0,
    },
    create(context) {
      const { sourceCode } = context;
      if (!concerns(sourceCode.text)) return {};
      return {
        Program() {
          const given = (context.options[0] ?? {}) as Partial<Options>;
          const options = { ...rule.options, ...given } as Options;
          for (const { node, message, data, suggest } of rule.check(
            SourceFile.of(sourceCode),
            options,
            context,
          )) {
            context.report({
              node: node as Rule.Node,
              messageId: message,
              ...(data === undefined ? {} : { data: { ...data } }),
              ...(suggest === undefined
                ? {}
                : {
                    suggest: suggest.map(({ message: messageId, data: values, fix }) => ({
                      messageId,
                      ...(values === undefined ? {} : { data: { ...values } }),
                      fix,
                    })),
                  }),
            });
          }
        },
      };
    },
  };
}

function has(text: string, words: Words): boolean {
  if (typeof words === 'string') return text.includes(words);
  return words instanceof RegExp ? words.test(text) : words.every((each) => has(text, each));
}
