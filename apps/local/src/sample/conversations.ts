import type { Random } from './random.ts';

/** One question and its answer, in Chinese or English. */
export interface Exchange {
  readonly input: string;
  readonly answer: string;
  readonly language: 'zh' | 'en';
  readonly topic: string;
}

interface Topic {
  readonly topic: string;
  readonly zh: string;
  readonly en: string;
}

const topics: readonly [Topic, ...Topic[]] = [
  { topic: 'backup', zh: '数据库备份', en: 'database backups' },
  { topic: 'vectors', zh: '向量检索', en: 'vector search' },
  { topic: 'docker', zh: 'Docker 数据卷', en: 'Docker volumes' },
  { topic: 'queue', zh: '任务队列', en: 'job queues' },
  { topic: 'memory', zh: '长期记忆', en: 'long-term memory' },
  { topic: 'tea', zh: '乌龙茶的冲泡', en: 'brewing oolong tea' },
  { topic: 'travel', zh: '杭州的周末行程', en: 'a weekend in Hangzhou' },
  { topic: 'reading', zh: '《红楼梦》的人物', en: 'the people of “Dream of the Red Chamber”' },
];

const questions: readonly [Topic, ...Topic[]] = [
  { topic: 'how', zh: '请问怎样开始了解{}?', en: 'How do I get started with {}?' },
  { topic: 'why', zh: '为什么{}这么重要?', en: 'Why does {} matter so much?' },
  { topic: 'recall', zh: '上次我们谈到{},你还记得吗?', en: 'Do you remember what we said about {}?' },
  { topic: 'short', zh: '用一句话说明{}。', en: 'Explain {} in one sentence.' },
];

const answers: readonly [Topic, ...Topic[]] = [
  {
    topic: 'steps',
    zh: '关于{},先做一件小事,再看结果。',
    en: 'With {}, do one small thing first, then look at the result.',
  },
  { topic: 'proof', zh: '{}:没有验证过的,就不要相信。', en: 'On {}: trust nothing that was not tried.' },
  {
    topic: 'list',
    zh: '{}有三点:\n\t一、准备\n\t二、执行\n\t三、复查',
    en: 'Three points on {}:\n\t1. prepare\n\t2. do it\n\t3. look again',
  },
  { topic: 'code', zh: '看这个例子:`C:\\sage\\{}` 🙂', en: 'See this example: `C:\\sage\\{}` 🙂' },
];

/** Texts with what dumps stumble over: newlines, tabs, backslashes, quotes, four-byte characters. */
export function createExchange(random: Random): Exchange {
  const language = random.next() < 0.5 ? 'zh' : 'en';
  const subject = random.pick(topics);
  const fill = (phrase: Topic) => phrase[language].replace('{}', subject[language]);
  const answer = Array.from({ length: 1 + random.below(4) }, () => fill(random.pick(answers))).join('\n');
  return { input: fill(random.pick(questions)), answer, language, topic: subject.topic };
}
