import { useApp } from '../app';
import { type Case, decodeCases } from '../wire/cases';
import { useAsked } from './useAsked';

/** The kinds of cases of which open ones have places; none while they are not known. */
export function useCaseKinds(): readonly Case[] {
  const { rest } = useApp();
  const { told } = useAsked('cases', (signal) => rest.get('/v1/cases', decodeCases, signal));
  return told?.filter((kind) => kind.hasPlaces) ?? [];
}
