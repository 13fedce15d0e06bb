export { codes, type Code, type CodeFacts } from './codes.ts';
export { lint, type LintOptions, type LintReport } from './lint.ts';
export { type Problem, type Severity } from './problem.ts';
export { formatGithub } from './report/github.ts';
export { formatJson } from './report/json.ts';
export { formatLine } from './report/line.ts';
export { formatPretty, type LintStyle } from './report/pretty.ts';
export { formatSarif } from './report/sarif.ts';
