import { DockerfileParser, JSONInstruction, type Instruction } from 'dockerfile-ast';

/** An instruction, as far as it matters to whoever carries it out. */
export type Step =
  | { kind: 'arg'; name: string; value: string | undefined }
  | { kind: 'env'; name: string; value: string }
  | { kind: 'workdir'; path: string }
  | { kind: 'copy'; from: string | undefined; source: string; target: string }
  /** In a shell where it is written as one line of text. */
  | { kind: 'run'; command: readonly string[] }
  | { kind: 'user'; user: string }
  | { kind: 'entrypoint'; command: readonly string[] }
  | { kind: 'healthcheck'; command: readonly string[] | undefined }
  /** Says something about the image and does nothing: LABEL, EXPOSE, STOPSIGNAL. */
  | { kind: 'declare'; keyword: string; text: string };

export interface Stage {
  name: string;
  /** As written: a stage, or an image by an argument. */
  base: string;
  steps: readonly Step[];
}

export interface Dockerfile {
  /** Arguments before the first stage, with their defaults. */
  args: Readonly<Record<string, string>>;
  stages: readonly Stage[];
}

const DECLARATIONS = new Set(['LABEL', 'EXPOSE', 'STOPSIGNAL']);
/** Flags that change nothing of what is in the image: what is there while a step runs, and how often health is asked for. */
const FLAGS_WITHOUT_EFFECT: Readonly<Record<string, readonly string[]>> = {
  RUN: ['mount'],
  COPY: ['from'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'retries'],
};

/** A cache outlives the build; npm's own settings are here those of the machine's npm. */
const MOUNTS = /^type=cache,|^type=secret,id=npmrc,target=\/root\/\.npmrc$/;

/** @throws Error at an instruction that is not understood, so that none is passed over in silence */
export function readDockerfile(text: string): Dockerfile {
  const args: Record<string, string> = {};
  const stages: (Stage & { steps: Step[] })[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      stages.push(readFrom(instruction));
      continue;
    }
    const steps = readSteps(instruction);
    const stage = stages.at(-1);
    if (stage) stage.steps.push(...steps);
    else for (const step of steps) if (step.kind === 'arg') args[step.name] = step.value ?? '';
  }
  return { args, stages };
}

function readFrom(instruction: Instruction): Stage & { steps: Step[] } {
  const [base, as, name] = wordsOf(instruction);
  if (base === undefined || as?.toUpperCase() !== 'AS' || name === undefined) throw notUnderstood(instruction);
  return { name, base, steps: [] };
}

function readSteps(instruction: Instruction): Step[] {
  const keyword = instruction.getKeyword();
  const words = wordsOf(instruction);
  const [first = '', second] = words;
  const text = instruction.getArgumentsContent() ?? '';
  checkFlags(instruction);
  switch (keyword) {
    case 'ARG':
      return propertiesOf(words, instruction).map(([name, value]) => ({ kind: 'arg', name, value }));
    case 'ENV':
      return propertiesOf(words, instruction).map(([name, value = '']) => ({ kind: 'env', name, value }));
    case 'WORKDIR':
      return [{ kind: 'workdir', path: first }];
    case 'USER':
      return [{ kind: 'user', user: first }];
    case 'COPY':
      if (words.length !== 2 || second === undefined) throw notUnderstood(instruction);
      return [{ kind: 'copy', from: new Map(flagsOf(instruction)).get('from'), source: first, target: second }];
    case 'RUN':
      return [{ kind: 'run', command: commandOf(instruction) ?? ['/bin/sh', '-c', text] }];
    case 'ENTRYPOINT':
      return [{ kind: 'entrypoint', command: commandOf(instruction) ?? fail(instruction) }];
    case 'HEALTHCHECK':
      return [
        { kind: 'healthcheck', command: first === 'NONE' ? undefined : parseCommand(text.replace(/^CMD\s+/, '')) },
      ];
    default:
      if (!DECLARATIONS.has(keyword)) throw notUnderstood(instruction);
      return [{ kind: 'declare', keyword, text }];
  }
}

function wordsOf(instruction: Instruction): string[] {
  return instruction.getArguments().map((argument) => argument.getValue());
}

/** `NAME=value` pairs; values with spaces are not used in what builds. */
function propertiesOf(words: readonly string[], instruction: Instruction): [string, string | undefined][] {
  return words.map((word) => {
    const match = /^(\w+)(?:=([^"'\s]*))?$/.exec(word);
    if (!match) throw notUnderstood(instruction);
    return [match[1]!, match[2]];
  });
}

/** The words of the form that needs no shell, `["node", "main.mjs"]`. */
function commandOf(instruction: Instruction): string[] | undefined {
  if (!(instruction instanceof JSONInstruction) || !instruction.getOpeningBracket()) return undefined;
  return instruction.getJSONStrings().map((word) => word.getJSONValue());
}

function parseCommand(text: string): string[] {
  return JSON.parse(text) as string[];
}

/** In their order; a step may have several mounts. */
function flagsOf(instruction: Instruction): [name: string, value: string][] {
  if (!('getFlags' in instruction)) return [];
  const flags = (instruction as JSONInstruction).getFlags();
  return flags.map((flag) => [flag.getName(), flag.getValue() ?? '']);
}

function checkFlags(instruction: Instruction): void {
  for (const [name, value] of flagsOf(instruction)) {
    const isKnown = FLAGS_WITHOUT_EFFECT[instruction.getKeyword()]?.includes(name) ?? false;
    if (!isKnown || (name === 'mount' && !MOUNTS.test(value))) throw notUnderstood(instruction);
  }
}

function fail(instruction: Instruction): never {
  throw notUnderstood(instruction);
}

function notUnderstood(instruction: Instruction): Error {
  const line = instruction.getRange().start.line + 1;
  return new Error(`Dockerfile:${line}: the rehearsal does not know "${instruction.getTextContent()}"`);
}
