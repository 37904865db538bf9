/// The outline of a shape in a drawing; places are in the drawing's own units, `y` grows downward.
package struct SVGPath: Hashable, Sendable {
    private var steps: [String] = []

    package init() {}

    package mutating func move(x: Double, y: Double) { add("M", x, y) }
    package mutating func line(x: Double, y: Double) { add("L", x, y) }

    /// A cubic curve with its two handles.
    package mutating func curve(handle1: (Double, Double), handle2: (Double, Double), to end: (Double, Double)) {
        add("C", handle1.0, handle1.1, handle2.0, handle2.1, end.0, end.1)
    }

    package mutating func close() { steps.append("Z") }

    private mutating func add(_ letter: String, _ numbers: Double...) {
        steps.append(letter + numbers.map(Figures.plain).joined(separator: " "))
    }

    package var data: String { steps.joined() }
}

/// A drawing without words of its own: what it shows stands beside it as text, so it is hidden from screen readers.
///
/// It fills the box it stands in; its shapes stretch with it. Colours come from the style sheet by class.
package func drawing(
    width: Double, height: Double, _ attributes: Attribute..., @HTMLBuilder shapes: () -> HTML
) -> HTML {
    let frame = [
        Attribute("viewBox", "0 0 \(Figures.plain(width)) \(Figures.plain(height))"),
        Attribute("preserveAspectRatio", "none"), Attribute("aria-hidden", "true"), Attribute("focusable", "false"),
    ]
    return HTML(element: "svg", frame + attributes, content: shapes())
}

package func rectangle(x: Double, y: Double, width: Double, height: Double, class names: String) -> HTML {
    HTML(
        element: "rect",
        [.class(names), Attribute("x", x), Attribute("y", y), Attribute("width", width), Attribute("height", height)],
        content: HTML())
}

package func shape(_ path: SVGPath, class names: String) -> HTML {
    HTML(element: "path", [.class(names), Attribute("d", path.data)], content: HTML())
}
