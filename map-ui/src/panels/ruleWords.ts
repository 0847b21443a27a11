import type { Language, Messages } from '../i18n';
import type { Formats } from '../i18n/format';
import { pick } from '../i18n/format';
import type { RuleDocument } from '../wire/rule';
import { kindName, propertyName } from './wording';

/** What a rule is told with: the words, numbers, its unit of measure, and the other rules by their ids. */
export interface RuleContext {
  readonly language: Language;
  readonly words: Messages;
  readonly formats: Formats;
  readonly uom: string | null;
  readonly titleOf: (rule: string) => string;
}

/** A rule in plain words, one sentence after the other. */
export function ruleSentences(rule: RuleDocument, context: RuleContext): string[] {
  const { words, formats, uom } = context;
  const said = words.rules;
  const sentences = [said.when(conditionOf(rule, context))];
  if (rule.severity !== null) sentences.push(said.severityIs(words.severity[rule.severity]));
  const kind = rule.select.kind;
  if (typeof kind === 'string') sentences.push(said.forKind(kindName(kind, words).toLowerCase()));
  if (isLong(rule.hold)) sentences.push(said.lasting(durationText(rule.hold, words)));
  const clear = rule.limits.find((limit) => limit.clear !== null)?.clear;
  if (clear !== undefined && clear !== null) sentences.push(said.clears(formats.quantity(clear, uom)));
  if (isLong(rule.keepFiringFor)) sentences.push(said.keeps(durationText(rule.keepFiringFor, words)));
  return sentences;
}

function conditionOf(rule: RuleDocument, context: RuleContext): string {
  const { words } = context;
  const said = words.rules;
  const { condition } = rule;
  const told = (name: string) => String(condition[name] ?? '');
  const time = (name: string) => durationText(told(name), words);
  const beyond = (what: string) => (rule.direction === 'above' ? said.above : said.below)(what, limitsText(rule, context));
  switch (rule.kind) {
    case 'rate':
      return beyond(said.rate(subjectOf(rule, context), durationText(told('per') || '1h', words), time('over')));
    case 'window':
      return beyond(
        said.windowOf(
          said.window[told('function') as keyof typeof said.window] ?? told('function'),
          subjectOf(rule, context),
          time('over'),
        ),
      );
    case 'absence':
      return absenceText(rule, context);
    case 'geofence':
      return geofenceText(rule, context);
    case 'cluster':
      return said.cluster(
        told('event'),
        context.formats.quantity(Number(told('radius_m')), 'm'),
        time('within'),
        limitsText(rule, context),
      );
    case 'deadline':
      return said.deadline(told('event'), names(condition.until).join(', '), limitsText(rule, context));
    case 'composite':
      return compositeText(rule, context);
    case 'target':
      return said.target(told('indicator'));
    default:
      return beyond(subjectOf(rule, context));
  }
}

function absenceText(rule: RuleDocument, context: RuleContext): string {
  const said = context.words.rules;
  if (rule.condition.of !== 'source') return said.silentStation(limitsText(rule, context));
  const silent = said.silentSource(limitsText(rule, context));
  return rule.condition.offline === true ? `${silent}, ${said.orOffline}` : silent;
}

function geofenceText(rule: RuleDocument, context: RuleContext): string {
  const said = context.words.rules.geofence;
  const layer = String(rule.condition.layer ?? '');
  switch (rule.condition.on) {
    case 'speeding':
      return said.speeding(layer, limitsText(rule, context));
    case 'leave':
      return said.leave(layer);
    case 'inside':
      return said.inside(layer);
    default:
      return said.enter(layer);
  }
}

function compositeText({ condition }: RuleDocument, { words, titleOf }: RuleContext): string {
  const said = words.rules;
  const titles = (member: string) => names(condition[member]).map(titleOf).join(', ');
  const parts = [
    titles('all') && said.allOf(titles('all')),
    titles('any') && said.anyOf(titles('any')),
    titles('none') && said.noneOf(titles('none')),
  ];
  return parts.filter((part) => part !== '').join(said.and) || said.composite;
}

const names = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

function subjectOf({ select }: RuleDocument, { language, words }: RuleContext): string {
  return typeof select.property === 'string' ? propertyName(select.property, undefined, language, words) : words.rules.value;
}

/** The limits with their severities, the mildest first. */
function limitsText(rule: RuleDocument, { words, formats, uom }: RuleContext): string {
  const inIntervals = rule.kind === 'absence' && rule.condition.unit === 'intervals';
  const text = (limit: number | string) => {
    if (typeof limit === 'string') return durationText(limit, words);
    if (inIntervals) return words.rules.intervals(formats.number(limit));
    return rule.kind === 'cluster' || rule.kind === 'absence' ? formats.number(limit) : formats.quantity(limit, uom);
  };
  return rule.limits.map(({ severity, limit }) => words.rules.limit(text(limit), words.severity[severity])).join(', ');
}

const isLong = (duration: string): boolean => Number.parseInt(duration, 10) > 0;

/** A duration of a rule file in words: `5m` → "5 phút"; what is none stands as it is. */
export function durationText(duration: string, words: Messages): string {
  const [, number, unit] = /^(\d+)([a-z]+)$/.exec(duration) ?? [];
  const name = (words.rules.units as Readonly<Record<string, string>>)[unit ?? ''];
  return number === undefined || name === undefined ? duration : `${number} ${name}`;
}

/** The title of a rule by its id, the id itself where it is not known. */
export const titlesOf =
  (documents: readonly RuleDocument[], language: Language) =>
  (id: string): string => {
    const found = documents.find((rule) => rule.id === id);
    return found ? pick(found.title, language) : id;
  };
