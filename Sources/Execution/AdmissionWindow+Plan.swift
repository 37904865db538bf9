internal import Planning

extension AdmissionWindow {
    /// Holds as many records as the plan's models take, where they find out how many that is. Until ``unfollow()`` the
    /// window keeps the plan.
    func follow(_ plan: Plan) {
        // The models keep whom they tell. They are in the plan, so that must not have it.
        find { plan.width }
        plan.whenWidthChanges { [weak self] in self?.resizeToFound() }
    }

    func unfollow() { find(nil) }
}
