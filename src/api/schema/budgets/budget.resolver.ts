import { type RateBudget, readRateBudgets } from "../../../store/budget/budget-reader.js";
import type { ApiDependencies } from "../../dependencies.js";
import { Query, Resolver } from "../type-graphql.js";
import { RateBudgetType } from "./budget.type.js";

@Resolver(() => RateBudgetType)
export class BudgetResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => [RateBudgetType], {
    description:
      "What is left of GitHub's limits, for each user whose tokens are used; empty before the first request, and for a key that is limited to some repositories.",
  })
  async rateBudgets(): Promise<RateBudget[]> {
    return await readRateBudgets(this.api.database);
  }
}
