import { plainLine } from '@sagekeep/watch';
import { Command } from 'commander';
import type { Diagnosis } from '../doctor/diagnosis.ts';
import { exitCodes } from '../exitCodes.ts';
import type { Tool } from '../tool.ts';

export function doctorVerb(tool: Tool): Command {
  return new Command('doctor')
    .description('what is missing on this machine, and how to get it; exit code 3 when something is')
    .action(async () => tool.done(await doctor(tool)));
}

async function doctor(tool: Tool) {
  const { examine } = await import('../doctor/examine.ts');
  const items = await examine(tool);
  tool.print().answer({ items }, () => items.map(diagnosisText).join('\n'));
  return items.every((item) => item.ok) ? exitCodes.done : exitCodes.findings;
}

export function diagnosisText({ ok, text, advice }: Diagnosis): string {
  const words = ok || advice === null ? text : `${text}\n${advice}`;
  const [first = '', ...more] = words.split('\n').map(plainLine);
  return [`${ok ? 'ok      ' : 'MISSING '} ${first}`, ...more.map((line) => `         ${line}`)].join('\n');
}
