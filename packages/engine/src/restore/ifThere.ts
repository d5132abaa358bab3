import { isSagekeepError } from '@sagekeep/contracts';
import { isUnanswered } from '@sagekeep/storage';

/** What was asked for; null for what is not there, or is nothing that could be read. Throws when the storage does not tell. */
export async function ifThere<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (!isSagekeepError(error) || isUnanswered(error)) throw error;
    return null;
  }
}
