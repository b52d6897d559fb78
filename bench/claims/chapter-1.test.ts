import { executeClaims } from "../../src/testing/execute-claims.ts";

executeClaims((id) => id.startsWith("1."));
