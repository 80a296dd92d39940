import { openRepository, type Repository } from "../adapters/git/repository.ts";
import { Failure } from "../vocabulary/failure.ts";

/** The repository that a command stands in. Throws `Failure` (`not-a-repository`) with the way forward where there is none. */
export async function repositoryHere(cwd: string, wayForward: string): Promise<Repository> {
  const repository = await openRepository(cwd);
  if (repository) return repository;
  throw new Failure("not-a-repository", `${cwd} is not in a git repository.`, wayForward);
}
