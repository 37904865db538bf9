internal import Planning

extension AdmissionWindow {
    /// Holds as many records as the plan's models take, where they find out how many that is.
    func follow(_ plan: Plan) {
        plan.whenWidthChanges { [weak self] in self?.resize(to: plan.width) }
    }
}
