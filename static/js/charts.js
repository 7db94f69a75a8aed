/* Draws every [data-figure] with Plotly, in the manner of the pages around it. */

"use strict";

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* Laid under each figure's own layout. */
function houseLayout() {
  const axis = {
    automargin: true,
    gridcolor: "#eceae3",
    linecolor: token("--line-strong"),
    showline: true,
    tickcolor: token("--line-strong"),
    ticklen: 5,
    ticks: "outside",
    title: { font: { size: 13 }, standoff: 10 },
    zeroline: false,
  };
  return {
    colorway: [token("--accent"), "#c0722a", "#5a6fb0", "#8a8f3c", "#8c4f7d", "#5d6b6c"],
    font: { color: token("--ink"), family: token("--font"), size: 13 },
    hoverlabel: { bgcolor: token("--surface"), bordercolor: token("--line-strong") },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    margin: { b: 48, l: 56, r: 16, t: 24 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: axis,
    yaxis: axis,
  };
}

const config = {
  displayModeBar: false,
  displaylogo: false,
  doubleClick: "reset",
  responsive: true,
  scrollZoom: false,
};

/* Figure of the script element with this id. Its own layout wins over the house's template. */
function figureOf(id) {
  const { data, layout = {} } = JSON.parse(document.getElementById(id).textContent);
  return { config, data, layout: { ...layout, template: { layout: houseLayout() } } };
}

async function draw(plot) {
  if (plot.dataset.drawn) return;
  plot.dataset.drawn = "yes";
  plot.replaceChildren();
  await window.Plotly.newPlot(plot, figureOf(plot.dataset.figure));
  plot.on("plotly_click", follow);
  plot.on("plotly_clickannotation", ({ annotation }) => open(annotation.name));
  for (const button of document.querySelectorAll(`[data-download="${plot.dataset.figure}"]`)) {
    button.hidden = false;
  }
}

/* A point whose first datum is an address opens it: the patient behind a bar or a line. */
function follow({ points }) {
  const data = points[0] && points[0].customdata;
  if (Array.isArray(data)) open(data[0]);
}

function open(address) {
  if (address) window.location.assign(address);
}

function drawAll(root) {
  for (const plot of root.querySelectorAll("[data-figure]")) draw(plot);
}

const POINTS_A_PIXEL = 2;

/* The words in lines that fit a picture of this width, in pixels. */
function inLines(words, width) {
  const letters = Math.floor(width / 6.4);
  const lines = [""];
  for (const word of words.split(/\s+/)) {
    const line = lines[lines.length - 1];
    if (line && line.length + word.length >= letters) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines;
}

const HEAD_PX = 40;
const FOOT_LINE_PX = 15;

/* The figure as it goes into a file: on white, with its title, and its footnote and cut below. */
async function printed(plot) {
  const id = plot.dataset.figure;
  const words = (end) => document.getElementById(`${id}-${end}`)?.textContent.trim() ?? "";
  const width = plot.offsetWidth;
  const inner = { format: "svg", height: plot.offsetHeight, imageDataOnly: true, width };
  const drawing = await window.Plotly.toImage(figureOf(id), inner);
  const foot = inLines(`${words("note")} ${plot.dataset.source ?? ""}`, width);
  const below = HEAD_PX + inner.height;
  const height = below + FOOT_LINE_PX * (foot.length + 1);
  const note = foot.map((line, at) => text(line, 8, below + FOOT_LINE_PX * (at + 1), 11));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"
 viewBox="0 0 ${width} ${height}"><rect width="100%" height="100%" fill="#fff"/>
${text(words("title"), 8, 26, 17)}${drawing.replace("<svg ", `<svg y="${HEAD_PX}" `)}
${note.join("")}</svg>`;
  return { height, svg, width };
}

function text(line, x, y, size) {
  const safe = line.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const font = `font-family="sans-serif" font-size="${size}" fill="${token("--ink")}"`;
  return `<text x="${x}" y="${y}" ${font}>${safe}</text>`;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-download]");
  if (!button) return;
  const { download: id, format } = button.dataset;
  const picture = await printed(document.querySelector(`[data-figure="${id}"]`));
  save(format === "png" ? await painted(picture) : vector(picture), `${id}.${format}`);
});

const vector = ({ svg }) => new Blob([svg], { type: "image/svg+xml" });

/* The drawing as points. Plotly would load it from a blob: address, which the policy forbids. */
async function painted({ height, svg, width }) {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = POINTS_A_PIXEL * width;
  canvas.height = POINTS_A_PIXEL * height;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
drawAll(document);
