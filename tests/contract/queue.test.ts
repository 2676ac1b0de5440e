import { inject, it } from "vitest";
it("has a url", () => { console.log(inject("rabbitmqUrl")); });
