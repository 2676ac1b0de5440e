import { render } from "preact";
import { App } from "./app.js";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/commits.css";
import "./style/repositories.css";
import "./style/charts.css";
import "./style/system.css";

const root = document.querySelector("#page");
if (root !== null) render(<App />, root);
