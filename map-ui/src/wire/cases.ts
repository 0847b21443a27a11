/** Cases: what events of one subject make together, and the boards of them (docs/systems.md). */

import { decodeBilingual } from './figures';
import { flag, list, number, optional, record, text, time } from './guard';
import type { Bilingual } from './types';

export interface CaseStep {
  readonly id: string;
  readonly type: string;
  readonly title: Bilingual;
}

/** A kind of case. */
export interface Case {
  readonly id: string;
  readonly system: string;
  readonly title: Bilingual;
  readonly steps: readonly CaseStep[];
  readonly closes: string | null;
  readonly hasDue: boolean;
  /** The member of the opening event that says who has it in hand. */
  readonly owner: string | null;
  readonly hasPlaces: boolean;
  /** What people call codes in the data. */
  readonly words: Readonly<Record<string, Bilingual>>;
}

export function decodeCase(value: unknown): Case {
  const json = record(value, 'case');
  return {
    id: text(json.id, 'case.id'),
    system: optional(text, json.system, 'case.system') ?? '',
    title: decodeBilingual(json.title, 'case.title'),
    steps: list(json.steps, 'case.steps').map((step) => {
      const told = record(step, 'step');
      return { id: text(told.id, 'step.id'), type: text(told.type, 'step.type'), title: decodeBilingual(told.title, 'step.title') };
    }),
    closes: optional(text, json.closes, 'case.closes'),
    hasDue: optional(text, json.due, 'case.due') !== null,
    owner: optional(text, json.owner, 'case.owner'),
    hasPlaces: optional(flag, json.places, 'case.places') ?? false,
    words: Object.fromEntries(
      Object.entries(optional(record, json.words, 'case.words') ?? {}).map(([code, word]) => [
        code,
        decodeBilingual(word, `words.${code}`),
      ]),
    ),
  };
}

export const decodeCases = (value: unknown): Case[] => list(record(value, 'cases').cases, 'cases').map(decodeCase);

export interface Funnel {
  readonly opened: number;
  readonly closed: number;
  readonly closedLate: number;
  readonly steps: readonly { readonly id: string; readonly title: Bilingual; readonly cases: number }[];
}

export function decodeFunnel(value: unknown): Funnel {
  const json = record(value, 'funnel');
  return {
    opened: number(json.opened, 'funnel.opened'),
    closed: number(json.closed, 'funnel.closed'),
    closedLate: number(json.closed_late, 'funnel.closed_late'),
    steps: list(json.steps, 'funnel.steps').map((step) => {
      const told = record(step, 'step');
      return {
        id: text(told.step, 'step.step'),
        title: decodeBilingual(told.title, 'step.title'),
        cases: number(told.cases, 'step.cases'),
      };
    }),
  };
}

/** One case on its way; `steps` has the time of each step that it took. */
export interface CaseTold {
  readonly subject: string;
  readonly unit: Bilingual | null;
  readonly steps: Readonly<Record<string, number | null>>;
  readonly due: number | null;
  readonly closed: number | null;
  readonly overdue: boolean;
  readonly data: Readonly<Record<string, unknown>>;
}

export function decodeCaseTold(value: unknown): CaseTold {
  const json = record(value, 'case');
  const steps = Object.entries(record(json.steps, 'case.steps')).map(([step, at]) => [step, optional(time, at, `steps.${step}`)]);
  return {
    subject: text(json.subject, 'case.subject'),
    unit: optional(decodeName, json.unit, 'case.unit'),
    steps: Object.fromEntries(steps),
    due: optional(time, json.due, 'case.due'),
    closed: optional(time, json.closed, 'case.closed'),
    overdue: flag(json.overdue, 'case.overdue'),
    data: record(json.data, 'case.data'),
  };
}

function decodeName(value: unknown, place: string): Bilingual {
  const json = record(value, place);
  return { vi: text(json.name_vi, `${place}.name_vi`), en: text(json.name_en, `${place}.name_en`) };
}

export interface Listed {
  readonly cases: readonly CaseTold[];
  readonly truncated: boolean;
}

export function decodeListed(value: unknown): Listed {
  const json = record(value, 'cases');
  return { cases: list(json.cases, 'cases').map(decodeCaseTold), truncated: flag(json.truncated, 'truncated') };
}

/** What one owner has in hand; `cases` are those that are due first. */
export interface Owner {
  readonly owner: string;
  readonly open: number;
  readonly overdue: number;
  readonly reminded: number;
  readonly cases: readonly CaseTold[];
}

export const decodeBoard = (value: unknown): Owner[] =>
  list(record(value, 'board').owners, 'board.owners').map((one) => {
    const json = record(one, 'owner');
    return {
      owner: text(json.owner, 'owner.owner'),
      open: number(json.open, 'owner.open'),
      overdue: number(json.overdue, 'owner.overdue'),
      reminded: number(json.reminded, 'owner.reminded'),
      cases: list(json.cases, 'owner.cases').map(decodeCaseTold),
    };
  });

/** Where an open case is. */
export interface CasePlace {
  readonly subject: string;
  readonly lon: number;
  readonly lat: number;
  readonly opened: number;
  readonly due: number | null;
  readonly overdue: boolean;
  readonly owner: string;
}

export const decodePlaces = (value: unknown): CasePlace[] =>
  list(record(value, 'places').features, 'places.features').map((feature) => {
    const json = record(feature, 'place');
    const told = record(json.properties, 'place.properties');
    const [lon, lat] = list(record(json.geometry, 'place.geometry').coordinates, 'place.coordinates');
    return {
      subject: text(told.subject, 'place.subject'),
      lon: number(lon, 'place.lon'),
      lat: number(lat, 'place.lat'),
      opened: time(told.opened, 'place.opened'),
      due: optional(time, told.due, 'place.due'),
      overdue: flag(told.overdue, 'place.overdue'),
      owner: text(told.owner, 'place.owner'),
    };
  });

/** Open cases that lie close together. */
export interface Cluster {
  readonly lon: number;
  readonly lat: number;
  /** The unit that most of them are in. */
  readonly unit: Bilingual | null;
  readonly cases: number;
  readonly categories: Readonly<Record<string, number>>;
}

export const decodeClusters = (value: unknown): Cluster[] =>
  list(record(value, 'clusters').clusters, 'clusters').map((cluster) => {
    const json = record(cluster, 'cluster');
    const categories = Object.entries(record(json.categories, 'cluster.categories'));
    return {
      lon: number(json.lon, 'cluster.lon'),
      lat: number(json.lat, 'cluster.lat'),
      unit: optional(decodeName, json.unit, 'cluster.unit'),
      cases: number(json.cases, 'cluster.cases'),
      categories: Object.fromEntries(categories.map(([name, n]) => [name, number(n, `categories.${name}`)])),
    };
  });
