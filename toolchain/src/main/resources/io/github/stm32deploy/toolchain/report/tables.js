// SPDX-License-Identifier: Apache-2.0
// Sorts a table by a click on a heading and filters its rows by the words typed above it (all words have to occur).
document.querySelectorAll("table.sortable").forEach(function (table) {
  var body = table.tBodies[0];
  var original = Array.prototype.slice.call(body.rows);
  var box = document.createElement("p");
  var field = document.createElement("input");
  var shown = document.createElement("span");
  box.className = "filter";
  field.type = "search";
  field.placeholder = "filter " + table.dataset.name;
  field.setAttribute("aria-label", field.placeholder);
  box.append(field, shown);
  table.parentNode.before(box);

  function filter() {
    var words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    var count = 0;
    original.forEach(function (row) {
      var text = row.textContent.toLowerCase();
      var fits = words.every(function (word) { return text.includes(word); });
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    shown.textContent = words.length ? count + " of " + original.length : "";
  }
  field.addEventListener("input", filter);

  function sort(index, header) {
    var order = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    table.querySelectorAll("th").forEach(function (other) { other.removeAttribute("aria-sort"); });
    header.setAttribute("aria-sort", order);
    var sign = order === "ascending" ? 1 : -1;
    var numeric = header.classList.contains("n");
    function key(row) {
      var cell = row.cells[index];
      return numeric ? parseFloat(cell.dataset.key) : cell.textContent;
    }
    body.append.apply(body, original.slice().sort(function (left, right) {
      var a = key(left), b = key(right);
      if (!numeric) { return sign * a.localeCompare(b); }
      // Rows without a figure stay last in both directions.
      if (isNaN(a) || isNaN(b)) { return (isNaN(a) ? 1 : 0) - (isNaN(b) ? 1 : 0); }
      return sign * (a - b);
    }));
  }
  Array.prototype.forEach.call(table.tHead.rows[0].cells, function (header, index) {
    header.tabIndex = 0;
    header.addEventListener("click", function () { sort(index, header); });
    header.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(index, header); }
    });
  });
});
